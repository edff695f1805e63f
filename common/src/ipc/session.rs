//! One page load's conversation: handshake, calls in both directions, one-way messages.
//!
//! Plain data with [`Session::receive`] and [`Session::poll`]: no clock, no task, no lock. It
//! says what to do next; [`super::Endpoint`] does it. Both halves use the same code, and differ
//! in who greets and who judges.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::Duration,
};

use futures_channel::oneshot;

use super::{
    Cancellation, EndReason, Outgoing, PipeError, Refusal,
    assembler::Assembler,
    outbox::{Outbox, Withdrawn},
    pending::{CallTable, PendingCalls},
};
use crate::wire::{
    Bye, ByeCode, Bytes, ChannelName, Codec, Ending, Frame, Hello, HelloBody, Limits, MethodName,
    Notification, PROTOCOL, Payload, Reply, Request, Verdict, Welcome, WelcomeBody,
};

/// The channel that answers before the handshake and whatever the versions are.
pub(crate) const HOST_CHANNEL: &str = "host";

/// Which end of the session this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The page: it greets, and is told whether the halves fit.
    Frontend,
    /// The native process: it judges.
    Backend,
}

/// How a call that this side made came to an end.
pub(crate) type CallEnd = Result<Ending, PipeError>;

/// What the owner of a session must do after a frame.
#[derive(Debug)]
pub(crate) enum Event {
    /// Judge the interfaces and answer with [`Session::welcome`].
    Greeted(HelloBody),
    /// The handshake is over.
    Welcomed(WelcomeBody),
    /// Start the handler of this call; [`Session::finish`] takes its end.
    Call {
        request: Request,
        cancellation: Cancellation,
        deadline: Option<Duration>,
    },
    /// Hand this to the listeners.
    Notification(Notification),
    /// The session is over.
    Ended(EndReason),
}

/// One conversation between a frontend and a backend.
#[derive(Debug)]
pub(crate) struct Session {
    side: Side,
    phase: Phase,
    limits: Limits,
    peer: Limits,
    outbox: Outbox,
    assembler: Assembler,
    pending: PendingCalls<Pending>,
    running: CallTable<Running>,
    /// Deadlines of both tables, soonest first.
    deadlines: BTreeMap<(Duration, Table, u32), ()>,
    /// A deadline came since the last poll, perhaps before the one that is slept on.
    has_new_deadline: bool,
    /// When the handshake must be over; a backend waits for no page for ever.
    greeting_due: Option<(Duration, Duration)>,
    /// Channels whose two halves do not fit, with the refusal of every call.
    unfit: HashMap<ChannelName, Refusal>,
    /// Channels that this session may call besides `host`; `None` is all.
    allowed: Option<HashSet<ChannelName>>,
    window: Box<str>,
}

#[derive(Clone, Debug, PartialEq)]
enum Phase {
    Fresh,
    Open,
    Ended(EndReason),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Table {
    Pending,
    Running,
}

#[derive(Debug)]
struct Pending {
    waiter: oneshot::Sender<CallEnd>,
    deadline: Option<Due>,
}

#[derive(Debug)]
struct Running {
    codec: Codec,
    cancellation: Cancellation,
    deadline: Option<Due>,
}

#[derive(Clone, Copy, Debug)]
struct Due {
    at: Duration,
    after_ms: u32,
}

impl Due {
    /// Asks for the time only where there is a deadline: most calls have none.
    fn new(now: &dyn Fn() -> Duration, after_ms: u32) -> Option<Self> {
        (after_ms > 0).then(|| Self {
            at: now() + Duration::from_millis(u64::from(after_ms)),
            after_ms,
        })
    }
}

impl Session {
    pub(crate) fn new(side: Side, limits: Limits, window: &str) -> Self {
        Self {
            side,
            phase: Phase::Fresh,
            assembler: Assembler::new(limits.max_message_bytes),
            limits,
            // What every side takes at least, until it says more.
            peer: Limits::default(),
            outbox: Outbox::default(),
            pending: PendingCalls::default(),
            running: CallTable::default(),
            deadlines: BTreeMap::new(),
            has_new_deadline: false,
            greeting_due: None,
            unfit: HashMap::new(),
            allowed: None,
            window: window.into(),
        }
    }

    /// Ends the session unless the handshake is over `after` from `now`.
    pub(crate) fn expect_greeting(&mut self, now: Duration, after: Duration) {
        self.greeting_due = Some((now + after, after));
        self.has_new_deadline = true;
    }

    /// Lets this session call only these channels, and `host`.
    pub(crate) fn allow_only(&mut self, channels: HashSet<ChannelName>) {
        self.allowed = Some(channels);
    }

    /// Queues the greeting of a frontend.
    pub(crate) fn greet(&mut self, body: HelloBody) {
        let body = HelloBody {
            limits: self.limits.clone(),
            ..body
        };
        self.outbox.push(
            &Frame::Hello(Hello {
                protocol: PROTOCOL,
                body,
            }),
            None,
        );
    }

    /// Queues the answer to a greeting, and opens the session.
    pub(crate) fn welcome(&mut self, session: u64, verdicts: Vec<Verdict>) {
        if self.phase != Phase::Fresh {
            return;
        }
        for verdict in verdicts.iter().filter(|verdict| !verdict.fits) {
            self.unfit
                .insert(verdict.channel.clone(), verdict.refusal());
        }
        self.phase = Phase::Open;
        self.greeting_due = None;
        let body = WelcomeBody {
            session,
            limits: self.limits.clone(),
            verdicts,
        };
        self.outbox.push(
            &Frame::Welcome(Welcome {
                protocol: PROTOCOL,
                body,
            }),
            None,
        );
    }

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
        match Frame::read(bytes) {
            Ok(Frame::Part(part)) => match self.assembler.add(&part) {
                Ok(None) => None,
                Ok(Some(whole)) => match Frame::read(&whole) {
                    Ok(
                        frame @ (Frame::Request(_) | Frame::Reply(_) | Frame::StreamItem { .. }),
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
        match frame {
            Frame::Hello(hello) => self.receive_hello(hello),
            Frame::Welcome(welcome) => self.receive_welcome(welcome),
            Frame::Request(request) => self.receive_request(request, now),
            Frame::Reply(reply) => {
                self.receive_reply(reply);
                None
            }
            Frame::Notification(notification) => self.receive_notification(notification),
            Frame::Cancel { call } => {
                // Unknown if the reply and the cancel crossed on the way.
                if let Some(running) = self.remove_running(call) {
                    running.cancellation.cancel();
                }
                None
            }
            // Items may still be on their way when the consumer has dropped its end.
            Frame::StreamItem { .. } | Frame::StreamCredit { .. } | Frame::StreamEnd { .. } => None,
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
        if limits.max_frame_bytes < super::outbox::LEAST_FRAME_BYTES {
            let least = super::outbox::LEAST_FRAME_BYTES;
            let theirs = limits.max_frame_bytes;
            return self.violated(format!(
                "the peer takes frames of {theirs} bytes at most, {least} are needed"
            ));
        }
        self.peer = limits.clone();
        None
    }

    fn receive_request(&mut self, request: Request, now: &dyn Fn() -> Duration) -> Option<Event> {
        if self.running.contains_key(&request.call) {
            return self.violated(format!("call {} was asked for twice", request.call));
        }
        let codec = request.arguments.codec;
        if let Some(refusal) = self.refusal_of(&request.channel, &request.method) {
            self.log_refusal(&refusal);
            self.reply(request.call, refused(codec, &refusal));
            return self.check_reader();
        }
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
        };
        self.running.insert(request.call, running);
        Some(Event::Call {
            request,
            cancellation,
            deadline: deadline.map(|due| due.at),
        })
    }

    /// Why a call that came may not start.
    fn refusal_of(&self, channel: &ChannelName, method: &MethodName) -> Option<Refusal> {
        let running = u32::try_from(self.running.len()).unwrap_or(u32::MAX);
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
    fn not_allowed(&self, channel: &ChannelName) -> Option<Refusal> {
        let allowed = self.allowed.as_ref()?;
        (channel.as_str() != HOST_CHANNEL && !allowed.contains(channel)).then(|| {
            Refusal::NotAllowed {
                channel: channel.to_string(),
                window: self.window.to_string(),
            }
        })
    }

    fn receive_reply(&mut self, reply: Reply) {
        // Unknown if the call was cancelled while its reply was on the way.
        if let Some(pending) = self.remove_pending(reply.call) {
            // The caller may have gone in this moment.
            let _ = pending.waiter.send(Ok(reply.ending));
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

    /// Queues a call.
    pub(crate) fn call(
        &mut self,
        outgoing: Outgoing,
        now: &dyn Fn() -> Duration,
    ) -> Result<(u32, oneshot::Receiver<CallEnd>), CallRefused> {
        self.check_open()?;
        if self.phase == Phase::Fresh
            && outgoing.channel.as_str() != HOST_CHANNEL
            && outgoing.method != MethodName::GET_VERSION
        {
            let channel = outgoing.channel.to_string();
            return Err(CallRefused::Refusal(Refusal::NotReady { channel }));
        }
        if outgoing.method != MethodName::GET_VERSION
            && let Some(refusal) = self.unfit.get(&outgoing.channel)
        {
            return Err(CallRefused::Refusal(refusal.clone()));
        }
        let len = outgoing.arguments.len();
        self.check_room(len)?;
        self.check_message(outgoing.arguments.encoded_len() + outgoing.metadata.encoded_len())?;
        let due = Due::new(now, outgoing.deadline_ms);
        let (waiter, waiting) = oneshot::channel();
        let call = self.pending.insert(Pending {
            waiter,
            deadline: due,
        });
        if let Some(due) = due {
            self.has_new_deadline = true;
            self.deadlines.insert((due.at, Table::Pending, call), ());
        }
        let request = Request {
            call,
            deadline_ms: outgoing.deadline_ms,
            channel: outgoing.channel,
            method: outgoing.method,
            metadata: outgoing.metadata,
            arguments: outgoing.arguments,
        };
        self.outbox.push(&Frame::Request(request), Some(call));
        Ok((call, waiting))
    }

    /// Gives up a call that this side made; no effect if it has ended.
    pub(crate) fn cancel(&mut self, call: u32) {
        if self.remove_pending(call).is_some() && self.outbox.withdraw(call) == Withdrawn::Sent {
            self.outbox.push(&Frame::Cancel { call }, None);
        }
    }

    /// Queues a one-way message.
    pub(crate) fn notify(&mut self, notification: Notification) -> Result<(), PipeError> {
        self.check_open()?;
        if self.phase == Phase::Fresh {
            return Err(PipeError::NotValid);
        }
        if self.not_allowed(&notification.channel).is_some() {
            // What the page may not call, it is not told of either.
            return Ok(());
        }
        let len = notification.arguments.len();
        // It goes in one frame, with names and lengths around the arguments.
        let headers = 512 + notification.arguments.encoded_len() - len;
        let frame = (self.peer.max_frame_bytes as usize).saturating_sub(headers);
        let max = frame.min(self.peer.max_notification_bytes as usize);
        if len > max {
            return Err(PipeError::TooLarge { len, max });
        }
        self.check_room(len)?;
        self.outbox.push(&Frame::Notification(notification), None);
        Ok(())
    }

    /// Takes the end of a call that [`Event::Call`] asked for. Nobody hears of it if the call was
    /// cancelled or its deadline passed meanwhile.
    pub(crate) fn finish(&mut self, call: u32, ending: impl FnOnce(Codec) -> Ending) {
        let Some(running) = self.remove_running(call) else {
            return;
        };
        let mut ending = ending(running.codec);
        let len = ending.len();
        if let Err(PipeError::TooLarge { len, max }) = self.check_message(len) {
            let refusal = Refusal::TooLarge {
                len: len as u64,
                max: max as u64,
            };
            self.log_refusal(&refusal);
            ending = refused(running.codec, &refusal);
        }
        self.reply(call, ending);
    }

    fn reply(&mut self, call: u32, ending: Ending) {
        self.outbox
            .push(&Frame::Reply(Reply { call, ending }), None);
    }

    /// Ends the session of a peer that keeps asking and does not read the answers.
    fn check_reader(&mut self) -> Option<Event> {
        let limit = self.limits.max_queued_bytes as usize;
        let queued = self.outbox.len();
        if queued <= limit.saturating_mul(2) {
            return None;
        }
        self.violated(format!(
            "{queued} bytes wait to be read, the limit is {limit}"
        ))
    }

    /// Lets deadlines pass, and gives up to about `budget` bytes of frames to send, each behind
    /// its length, and the time of the next deadline. Without a budget it gives no frames.
    pub(crate) fn poll(&mut self, now: &dyn Fn() -> Duration, budget: Option<usize>) -> Polled {
        self.has_new_deadline = false;
        let ended = if self.deadlines.is_empty() && self.greeting_due.is_none() {
            None
        } else {
            self.pass_deadlines(now())
        };
        let next = self.deadlines.first_key_value().map(|(&(at, ..), ())| at);
        let next_wakeup = match (next, self.greeting_due.map(|(at, _)| at)) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        let frames = budget.map_or_else(Vec::new, |budget| self.outbox.take(budget));
        Polled {
            frames,
            has_more: !self.outbox.is_empty(),
            next_wakeup,
            ended,
        }
    }

    /// Refuses every call whose deadline has passed; gives the end of the session where the
    /// handshake took too long.
    fn pass_deadlines(&mut self, now: Duration) -> Option<Event> {
        while let Some((&(at, table, call), ())) = self.deadlines.first_key_value() {
            if at > now {
                break;
            }
            match table {
                Table::Pending => self.pass_pending(call),
                Table::Running => self.pass_running(call),
            }
        }
        match self.greeting_due {
            Some((at, after)) if at <= now => self.give_up(EndReason::HandshakeTimeout { after }),
            _ => None,
        }
    }

    /// Whether a poll would have something to say that the last one had not.
    pub(crate) fn wants_poll(&self) -> bool {
        self.has_new_deadline || !self.outbox.is_empty()
    }

    fn pass_pending(&mut self, call: u32) {
        if let Some(pending) = self.remove_pending(call)
            && let Some(due) = pending.deadline
        {
            if self.outbox.withdraw(call) == Withdrawn::Sent {
                self.outbox.push(&Frame::Cancel { call }, None);
            }
            let refusal = Refusal::Deadline {
                after_ms: due.after_ms,
            };
            let _ = pending
                .waiter
                .send(Ok(refused(Codec::MessagePack, &refusal)));
        }
    }

    fn pass_running(&mut self, call: u32) {
        if let Some(running) = self.remove_running(call)
            && let Some(due) = running.deadline
        {
            running.cancellation.cancel();
            let refusal = Refusal::Deadline {
                after_ms: due.after_ms,
            };
            self.log_refusal(&refusal);
            self.reply(call, refused(running.codec, &refusal));
        }
    }

    /// Ends the session in order: what waits to be sent still leaves, and `Bye` after it.
    pub(crate) fn close(&mut self, reason: EndReason, code: ByeCode, text: &str) -> Option<Event> {
        if matches!(self.phase, Phase::Ended(_)) {
            return None;
        }
        let event = self.end(reason);
        self.outbox.push(
            &Frame::Bye(Bye {
                code,
                text: text.into(),
            }),
            None,
        );
        Some(event)
    }

    /// Ends the session for a fault of its pipe or its peer, and tells the peer, after what waits
    /// to be sent.
    pub(crate) fn give_up(&mut self, reason: EndReason) -> Option<Event> {
        let (code, text) = reason.as_bye();
        self.close(reason, code, &text)
    }

    /// Ends the session at once, without a word to the peer.
    pub(crate) fn abandon(&mut self, reason: EndReason) -> Option<Event> {
        if matches!(self.phase, Phase::Ended(_)) {
            return None;
        }
        self.outbox.clear();
        Some(self.end(reason))
    }

    /// Why the session ended; `None` while it lives.
    pub(crate) fn ended(&self) -> Option<&EndReason> {
        match &self.phase {
            Phase::Ended(reason) => Some(reason),
            Phase::Fresh | Phase::Open => None,
        }
    }

    /// Calls this side runs for the other, calls it waits for, and bytes it has to send.
    pub(crate) fn load(&self) -> Load {
        Load {
            running_calls: self.running.len(),
            pending_calls: self.pending.len(),
            queued_bytes: self.outbox.len(),
        }
    }

    fn violated(&mut self, what: impl Into<String>) -> Option<Event> {
        self.outbox.clear();
        self.give_up(EndReason::Protocol { what: what.into() })
    }

    fn end(&mut self, reason: EndReason) -> Event {
        self.phase = Phase::Ended(reason.clone());
        self.greeting_due = None;
        self.deadlines.clear();
        self.assembler.clear();
        for pending in self.pending.drain() {
            let _ = pending.waiter.send(Err(PipeError::Ended(reason.clone())));
        }
        for (_, running) in self.running.drain() {
            running.cancellation.cancel();
        }
        Event::Ended(reason)
    }

    fn log_refusal(&self, refusal: &Refusal) {
        tracing::warn!(window = &*self.window, %refusal, "a call was refused");
    }

    fn remove_pending(&mut self, call: u32) -> Option<Pending> {
        let pending = self.pending.complete(call)?;
        if let Some(due) = pending.deadline {
            self.deadlines.remove(&(due.at, Table::Pending, call));
        }
        Some(pending)
    }

    fn remove_running(&mut self, call: u32) -> Option<Running> {
        let running = self.running.remove(&call)?;
        if let Some(due) = running.deadline {
            self.deadlines.remove(&(due.at, Table::Running, call));
        }
        Some(running)
    }

    fn check_open(&self) -> Result<(), PipeError> {
        match &self.phase {
            Phase::Ended(reason) => Err(PipeError::Ended(reason.clone())),
            Phase::Fresh | Phase::Open => Ok(()),
        }
    }

    fn check_room(&self, len: usize) -> Result<(), PipeError> {
        let limit = self.limits.max_queued_bytes as usize;
        let queued = self.outbox.len();
        // One message always fits, or a limit below the largest message would block it for ever.
        if queued > 0 && queued + len > limit {
            return Err(PipeError::Full { queued, limit });
        }
        Ok(())
    }

    fn check_message(&self, len: usize) -> Result<(), PipeError> {
        // The header of the largest possible request, metadata apart.
        const HEADER: usize = 1024;
        let max = self.peer.max_message_bytes as usize;
        if len + HEADER > max {
            Err(PipeError::TooLarge { len, max })
        } else {
            Ok(())
        }
    }
}

/// Why a call did not leave.
#[derive(Clone, Debug)]
pub(crate) enum CallRefused {
    Refusal(Refusal),
    Pipe(PipeError),
}

impl From<PipeError> for CallRefused {
    fn from(error: PipeError) -> Self {
        Self::Pipe(error)
    }
}

/// What [`Session::poll`] gives.
#[derive(Debug)]
pub(crate) struct Polled {
    pub(crate) has_more: bool,
    pub(crate) frames: Vec<u8>,
    pub(crate) next_wakeup: Option<Duration>,
    pub(crate) ended: Option<Event>,
}

/// How busy a session is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Load {
    /// Calls that this side runs for the other.
    pub running_calls: usize,
    /// Calls that this side waits for.
    pub pending_calls: usize,
    /// Bytes that wait to be sent.
    pub queued_bytes: usize,
}

/// A refusal as it goes on the wire.
pub(crate) fn refused(codec: Codec, refusal: &Refusal) -> Ending {
    let payload = Payload::encode(codec, refusal).unwrap_or_else(|_| Payload::unit(codec));
    Ending::Refused {
        text: refusal.to_string().into(),
        payload,
    }
}
