//! Frames as what happened: names, sizes, and the payload beside them.
//!
//! Called with a session locked, so it copies names and lengths and shares the payload; who reads
//! the feed encodes it.

use twinbridge_common::{
    interfaces::inspector::{
        CallAnswered, CallMade, CallTimes, EndKind, Ended, ErrorName, Half, What,
    },
    wire::{Ending, Frame, Notification, Payload, Reply, Request, Stamps},
};

/// What a frame says, and the payload that belongs into it where payloads are wanted.
pub(super) fn of_frame(
    by: Half,
    frame: &Frame,
    stamps: Option<Stamps>,
    with_payloads: bool,
) -> Option<(What, Option<Payload>)> {
    let kept = |payload: &Payload| with_payloads.then(|| payload.clone());
    Some(match frame {
        Frame::Request(request) => {
            let made = CallMade {
                by,
                call: request.call,
                channel: request.channel.to_string(),
                method: request.method.to_string(),
                deadline_ms: request.deadline_ms,
                bytes: request.arguments.len() as u64,
                payload: None,
                metadata: metadata(request, with_payloads),
            };
            (What::Call(made), kept(&request.arguments))
        }
        Frame::Reply(Reply { call, ending }) => {
            let (ended, payload) = ended(ending);
            let answered = CallAnswered {
                by,
                call: *call,
                ended,
                times: stamps.map(times),
            };
            (What::Reply(answered), payload.and_then(kept))
        }
        Frame::Notification(Notification {
            channel,
            name,
            arguments,
        }) => {
            let message = What::Message {
                by,
                channel: channel.to_string(),
                name: name.to_string(),
                bytes: arguments.len() as u64,
                payload: None,
            };
            (message, kept(arguments))
        }
        Frame::Cancel { call } => (What::Cancel { by, call: *call }, None),
        Frame::StreamItem { call, item } => {
            let bytes = item.len() as u64;
            let (call, payload) = (*call, None);
            let item_came = What::Item {
                by,
                call,
                bytes,
                payload,
            };
            (item_came, kept(item))
        }
        Frame::StreamEnd { call, failure } => {
            let failure = failure.as_ref().map(ended);
            let (failure, payload) = failure.map_or((None, None), |(ended, payload)| {
                (Some(ended), payload.and_then(kept))
            });
            let call = *call;
            (What::StreamEnd { by, call, failure }, payload)
        }
        _ => return None,
    })
}

/// Values may prove who asks, so they count as payloads.
fn metadata(request: &Request, with_payloads: bool) -> Vec<String> {
    let entries = request.metadata.iter().filter(|_| with_payloads);
    let entries = entries.filter(|(name, _)| *name != Stamps::ASKED);
    entries
        .flat_map(|(name, value)| [name.to_owned(), value.to_owned()])
        .collect()
}

fn times(stamps: Stamps) -> CallTimes {
    let whole = |time: std::time::Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    CallTimes {
        queued_us: whole(stamps.queued()),
        handled_us: whole(stamps.handled()),
        returned_us: whole(stamps.returned()),
    }
}

fn ended(ending: &Ending) -> (Ended, Option<&Payload>) {
    let (kind, text, error, payload) = match ending {
        Ending::Done(payload) => (EndKind::Done, "", None, Some(payload)),
        Ending::Failed {
            scope,
            key,
            number,
            message,
            payload,
        } => {
            let name = ErrorName {
                scope: scope.to_string(),
                key: key.to_string(),
                number: *number,
            };
            (EndKind::Failed, &**message, Some(name), payload.as_ref())
        }
        Ending::Refused { text, payload } => (EndKind::Refused, &**text, None, Some(payload)),
        Ending::Streaming => (EndKind::Streaming, "", None, None),
    };
    let ended = Ended {
        kind,
        text: text.to_owned(),
        error,
        bytes: payload.map_or(0, |payload| payload.len() as u64),
        payload: None,
    };
    (ended, payload)
}

/// The place of a payload in what happened.
pub(super) fn payload_of(
    what: &mut What,
) -> Option<&mut Option<twinbridge_common::interfaces::inspector::EncodedPayload>> {
    match what {
        What::Call(made) => Some(&mut made.payload),
        What::Reply(answered) => Some(&mut answered.ended.payload),
        What::Item { payload, .. } | What::Message { payload, .. } => Some(payload),
        What::StreamEnd {
            failure: Some(ended),
            ..
        } => Some(&mut ended.payload),
        _ => None,
    }
}
