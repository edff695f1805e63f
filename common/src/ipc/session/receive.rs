//! What a session does with a frame that came.
//!
//! Every frame is judged here: taken, refused in words, or the end of the session. Nothing in
//! here waits or runs an app's code.

use std::time::Duration;

use super::{
    CallEnd, Due, Event, HOST_CHANNEL, INSPECTOR_CHANNEL, Phase, RPC_CONTROL_CHANNEL, Running,
    Session, Side, Table, refused,
};
use crate::{
    ipc::{Cancellation, EndReason, Refusal, outbox::LEAST_FRAME_BYTES, tap::Watched},
    wire::{
        ByeCode, Bytes, ChannelName, Ending, Frame, Hello, Limits, MethodName, Notification,
        PROTOCOL, Reply, Request, Welcome,
    },
};

impl Session {
    /// Takes a frame in.
    pub(crate) fn receive(&mut self, bytes: &Bytes, now: &dyn Fn() -> Duration) -> Option<Event> {
        if matches!(self.phase, Phase::Ended(_)) {
            return None;
        }
        if bytes.len() > self.limits.max_frame_bytes as usize {
            let (len, max) = (bytes.len(), self.limits.max_frame_bytes);
            return self.violated(format!(
                "a frame of {len} bytes exceeds the limit of {max} bytes"
            ));
        }
        match Frame::read_with(bytes, &mut self.names) {
            Ok(Frame::Part(part)) => match self.assembler.add(&part) {
                Ok(None) => None,
                Ok(Some(whole)) => match Frame::read_with(&whole, &mut self.names) {
                    Ok(
                        frame @ (Frame::Request(_)
                        | Frame::Reply(_)
                        | Frame::StreamItem { .. }
                        | Frame::StreamEnd { .. }),
                    ) => self.receive_frame(frame, now),
                    Ok(_) => self.violated("a frame came in pieces that may not".to_owned()),
                    Err(error) => self.violated(error.to_string()),
                },
                Err(error) => self.violated(error.to_string()),
            },
            Ok(frame) => self.receive_frame(frame, now),
            Err(error) => self.violated(error.to_string()),
        }
    }

    fn receive_frame(&mut self, frame: Frame, now: &dyn Fn() -> Duration) -> Option<Event> {
        self.tap.tell(Watched::Received(&frame));
        match frame {
            Frame::Hello(hello) => self.receive_hello(hello),
            Frame::Welcome(welcome) => self.receive_welcome(welcome),
            Frame::Request(request) => self.receive_request(request, now),
            Frame::Reply(reply) => {
                match reply.ending {
                    Ending::Streaming => self.receive_streaming(&reply),
                    _ => self.receive_reply(reply),
                }
                None
            }
            Frame::Notification(notification) => self.receive_notification(notification),
            Frame::Cancel { call } => {
                // Unknown if the reply and the cancel crossed on the way.
                if let Some(running) = self.remove_running(call) {
                    running.cancellation.cancel();
                    self.overruns.add(call, running.works);
                } else {
                    self.receive_stream_cancel(call);
                }
                None
            }
            Frame::StreamItem { call, item } => self.receive_item(call, item),
            Frame::StreamCredit { call, items, bytes } => {
                self.receive_credit(call, items, bytes);
                None
            }
            Frame::StreamEnd { call, failure } => {
                self.receive_stream_end(call, failure);
                None
            }
            Frame::Stamps { call, stamps } => {
                // Unknown if the call was cancelled while its reply was on the way.
                if let Some(slot) = self.pending.get(call).and_then(|call| call.stamps.as_ref()) {
                    slot.fill(stamps);
                }
                None
            }
            Frame::Part(_) => self.violated("a piece came inside a piece".to_owned()),
            Frame::Bye(bye) => {
                // Nobody is there to read what still waits.
                self.outbox.clear();
                let what = bye.text.into();
                Some(self.end(match bye.code {
                    ByeCode::Closed => EndReason::Closed,
                    ByeCode::Panicked => EndReason::PeerPanicked,
                    ByeCode::Protocol => EndReason::Protocol { what },
                    ByeCode::Pipe => EndReason::Pipe { what },
                }))
            }
        }
    }

    fn receive_hello(&mut self, hello: Hello) -> Option<Event> {
        if self.side == Side::Frontend || self.phase != Phase::Fresh {
            return self.violated("a greeting came where none belongs".to_owned());
        }
        if hello.protocol != PROTOCOL {
            let theirs = hello.protocol;
            return self.violated(format!(
                "the frontend speaks protocol {theirs}, the backend protocol {PROTOCOL}; rebuild the older half"
            ));
        }
        if let Some(event) = self.take_peer_limits(&hello.body.limits) {
            return Some(event);
        }
        Some(Event::Greeted(hello.body))
    }

    fn receive_welcome(&mut self, welcome: Welcome) -> Option<Event> {
        if self.side == Side::Backend || self.phase != Phase::Fresh {
            return self.violated("a welcome came where none belongs".to_owned());
        }
        if welcome.protocol != PROTOCOL {
            let theirs = welcome.protocol;
            return self.violated(format!(
                "the backend speaks protocol {theirs}, the frontend protocol {PROTOCOL}; rebuild the older half"
            ));
        }
        if let Some(event) = self.take_peer_limits(&welcome.body.limits) {
            return Some(event);
        }
        self.phase = Phase::Open;
        for verdict in welcome.body.verdicts.iter().filter(|verdict| !verdict.fits) {
            self.unfit
                .insert(verdict.channel.clone(), verdict.refusal());
        }
        Some(Event::Welcomed(welcome.body))
    }

    fn take_peer_limits(&mut self, limits: &Limits) -> Option<Event> {
        if limits.max_frame_bytes < LEAST_FRAME_BYTES {
            let least = LEAST_FRAME_BYTES;
            let theirs = limits.max_frame_bytes;
            return self.violated(format!(
                "the peer takes frames of {theirs} bytes at most, {least} are needed"
            ));
        }
        self.peer = limits.clone();
        None
    }

    fn receive_request(&mut self, request: Request, now: &dyn Fn() -> Duration) -> Option<Event> {
        if self.running.contains_key(&request.call) || self.streams.is_producing(request.call) {
            return self.violated(format!("call {} was asked for twice", request.call));
        }
        self.counts.calls += 1;
        let codec = request.arguments.codec;
        if let Some(refusal) = self.refusal_of(&request.channel, &request.method) {
            self.log_refusal(&refusal);
            self.reply(request.call, refused(codec, &refusal));
            return self.check_reader();
        }
        let arrival = self.arrival(&request, now);
        let deadline = Due::new(now, request.deadline_ms);
        if let Some(due) = deadline {
            self.has_new_deadline = true;
            self.deadlines
                .insert((due.at, Table::Running, request.call), ());
        }
        let cancellation = Cancellation::default();
        let running = Running {
            codec,
            cancellation: cancellation.clone(),
            deadline,
            works: 0,
            arrival,
        };
        self.running.insert(request.call, running);
        Some(Event::Call {
            request,
            cancellation,
            deadline: deadline.map(|due| due.at),
            is_timed: arrival.is_some(),
        })
    }

    /// Why a call that came may not start.
    fn refusal_of(&self, channel: &ChannelName, method: &MethodName) -> Option<Refusal> {
        // Work that goes on after its call holds a thread all the same.
        let running = self.running.len() + self.overruns.now();
        let running = u32::try_from(running).unwrap_or(u32::MAX);
        if running >= self.limits.max_running_calls {
            return Some(Refusal::Busy {
                running,
                limit: self.limits.max_running_calls,
            });
        }
        let (queued, limit) = (self.outbox.len(), self.limits.max_queued_bytes);
        if queued > limit as usize {
            let queued = queued as u64;
            return Some(Refusal::NotRead { queued, limit });
        }
        if channel.as_str() == HOST_CHANNEL {
            return None;
        }
        if let Some(refusal) = self.not_allowed(channel) {
            return Some(refusal);
        }
        if *method == MethodName::GET_VERSION {
            return None;
        }
        if self.phase == Phase::Fresh {
            return Some(Refusal::NotReady {
                channel: channel.to_string(),
            });
        }
        self.unfit.get(channel).cloned()
    }

    /// Why this session may not use a channel at all.
    pub(super) fn not_allowed(&self, channel: &ChannelName) -> Option<Refusal> {
        let is_allowed = if channel.as_str() == INSPECTOR_CHANNEL {
            self.is_inspector
        } else {
            let is_for_all = || [HOST_CHANNEL, RPC_CONTROL_CHANNEL].contains(&channel.as_str());
            let allowed = self.allowed.as_ref();
            allowed.is_none_or(|allowed| allowed.contains(channel) || is_for_all())
        };
        (!is_allowed).then(|| Refusal::NotAllowed {
            channel: channel.to_string(),
            window: self.window.to_string(),
        })
    }

    fn receive_reply(&mut self, reply: Reply) {
        // Unknown if the call was cancelled while its reply was on the way.
        if let Some(pending) = self.remove_pending(reply.call) {
            // The caller may have gone in this moment.
            let _ = pending.waiter.send(Ok(CallEnd::Ended(reply.ending)));
        } else {
            tracing::debug!(
                call = reply.call,
                "a reply came to a call that nobody waits for"
            );
        }
    }

    fn receive_notification(&mut self, notification: Notification) -> Option<Event> {
        if self.phase == Phase::Fresh {
            return self.violated("a message came before the handshake ended".to_owned());
        }
        let len = notification.arguments.len();
        let max = self.limits.max_notification_bytes as usize;
        if len > max {
            return self.violated(format!(
                "a message of {len} bytes exceeds the limit of {max} bytes"
            ));
        }
        let channel = &notification.channel;
        let refusal = self
            .not_allowed(channel)
            .or_else(|| self.unfit.get(channel).cloned());
        if let Some(refusal) = refusal {
            // Nobody waits for an answer to a one-way message.
            self.log_refusal(&refusal);
            return None;
        }
        Some(Event::Notification(notification))
    }
}
