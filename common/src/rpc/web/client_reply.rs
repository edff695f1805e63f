//! What a client makes of an answer: a reply of RPC, as every configuration has it.
//!
//! The head decides whether the body is read whole or handed on as it comes. Errors of iTwin's
//! JSON become endings of calls here, so that nothing above knows of HTTP.

use std::time::Duration;

use futures_util::{Stream, StreamExt as _, stream};
use http::HeaderMap;

use super::body::is_octets;
use super::header::content_length;
use super::reply::content_type;
use super::request::octets;
use super::{
    HttpBody, Reply, ReplyBody, RequestError, RetryAfter, StreamPiece, StreamReader, ThrownError,
    WebClientOptions,
};
use crate::ipc::{
    Answered, Items, ItemsEnd, PipeError, TransportCause, TransportError, rounded_up,
};
use crate::rpc::error::{RpcError, SCOPE};
use crate::rpc::{RpcControl, RpcReply, RpcResultKind, RpcUnanswered};
use crate::wire::{Codec, Ending, Payload, Value};

/// An answer whose body comes yet.
pub(super) struct Coming {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: HttpBody,
}

impl Coming {
    /// Reads the answer to a request for such a result.
    pub(super) async fn read(
        self,
        result: RpcResultKind,
        options: &WebClientOptions,
        unix_now: Duration,
    ) -> Result<RpcReply, RpcUnanswered> {
        let streaming = |items| Ok(RpcReply::Answered(Answered::Streaming(items)));
        if ReplyBody::of(self.status, &self.headers) == ReplyBody::Stream {
            let items = framed(self.body, StreamReader::new(options.max_item_bytes));
            return streaming(Items::of(items));
        }
        let is_octets = is_octets(&content_type(&self.headers));
        if result == RpcResultKind::Stream && self.status == 200 && is_octets {
            return streaming(Items::of(raw(self.body)));
        }
        let (status, headers) = (self.status, self.headers);
        let announced = content_length(&headers);
        let body = self.body.read(announced, options.max_reply_bytes).await;
        let body = body.map_err(PipeError::Transport)?;
        reply(Reply::read(status, &headers, &body), unix_now)
    }
}

fn reply(reply: Reply, unix_now: Duration) -> Result<RpcReply, RpcUnanswered> {
    let ended = |ending| Ok(RpcReply::of(Answered::Ended(ending)));
    let control = match reply {
        Reply::Resolved(result) => return ended(Ending::Done(result)),
        Reply::Rejected(error) => {
            return match &error {
                RequestError::Failed(ending) => ended((**ending).clone()),
                RequestError::Thrown { error, .. } | RequestError::Unreadable(error) => {
                    ended(failed(error))
                }
                RequestError::UnknownBody { .. } => {
                    Err(RpcUnanswered::UnknownBody((&error).into()))
                }
                RequestError::UnknownStatus { .. } => {
                    Err(RpcUnanswered::UnknownStatus((&error).into()))
                }
            };
        }
        Reply::Pending {
            message,
            retry_after,
        } => RpcControl::Pending {
            message,
            retry_after_ms: milliseconds(retry_after, unix_now),
        },
        Reply::NotFound(response) => RpcControl::NotFound {
            // What a server of another kind says here may be anything, also nothing.
            response: response.decode().unwrap_or(Value::Undefined),
        },
        Reply::NoContent => RpcControl::NoContent,
        Reply::Transient { fault, retry_after } => RpcControl::Transient {
            status: fault,
            retry_after_ms: milliseconds(retry_after, unix_now),
        },
    };
    Ok(RpcReply::Control(control))
}

/// An error of iTwin's JSON. One with scope and key may be the operation's own: its members are
/// what a contract's error is made of. One without may be RPC's.
fn failed(error: &ThrownError) -> Ending {
    let mut ending = Ending::from(error);
    let Ending::Failed {
        scope,
        key,
        number,
        message,
        payload,
    } = &mut ending
    else {
        return ending;
    };
    if error.id.is_none() {
        if let Some(known) = RpcError::recognize(*number, message) {
            *scope = SCOPE.into();
            *key = known.into();
        }
    } else if !error.members.0.is_empty() {
        *payload = Payload::encode(Codec::MessagePack, &error.members).ok();
    }
    ending
}

fn milliseconds(retry_after: Option<RetryAfter>, unix_now: Duration) -> Option<u32> {
    Some(rounded_up(retry_after?.wait(unix_now)))
}

/// A body that is the bytes of a stream. How they were cut is not kept.
fn raw(body: HttpBody) -> impl Stream<Item = Result<Payload, ItemsEnd>> + Send {
    body.filter_map(move |piece| {
        std::future::ready(match piece {
            Ok(bytes) if bytes.is_empty() => None,
            Ok(bytes) => Some(Ok(octets(bytes))),
            Err(error) => Some(Err(ItemsEnd::Pipe(PipeError::Transport(error)))),
        })
    })
}

/// A body of items with their lengths.
fn framed(
    body: HttpBody,
    reader: StreamReader,
) -> impl Stream<Item = Result<Payload, ItemsEnd>> + Send {
    stream::unfold(Some((body, reader)), |open| async move {
        let (mut body, mut reader) = open?;
        loop {
            match reader.next_piece() {
                Ok(Some(StreamPiece::Item(item))) => return Some((Ok(item), Some((body, reader)))),
                Ok(Some(StreamPiece::End)) => return None,
                Ok(Some(StreamPiece::Failed(ending))) => {
                    return Some((Err(ItemsEnd::Failed(Box::new(ending))), None));
                }
                Ok(None) => {}
                Err(error) => return Some((Err(cut_off(TransportCause::new(error))), None)),
            }
            match body.next().await {
                Some(Ok(bytes)) => reader.push(bytes),
                Some(Err(error)) => {
                    let end = ItemsEnd::Pipe(PipeError::Transport(error));
                    return Some((Err(end), None));
                }
                None => {
                    let error = reader.finish().err()?;
                    return Some((Err(cut_off(TransportCause::new(error))), None));
                }
            }
        }
    })
}

fn cut_off(cause: TransportCause) -> ItemsEnd {
    ItemsEnd::Pipe(PipeError::Transport(TransportError::CutOff(cause)))
}
