//! One page load's conversation: handshake, calls in both directions, one-way messages.
//!
//! Plain data with [`Session::receive`] and [`Session::poll`]: no clock, no task, no lock. It
//! says what to do next; [`super::Endpoint`] does it. Both halves use the same code, and differ
//! in who greets and who judges.

mod deadline;
mod line;
mod load;
mod receive;
mod send;
mod stamping;
mod stream;
mod work;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    task::Waker,
    time::Duration,
};

use futures_channel::oneshot;

use super::{
    Cancellation, EndReason, PipeError, Refusal, StampSlot,
    assembler::Assembler,
    items::Inlet,
    outbox::Outbox,
    pending::{CallTable, PendingCalls},
    tap::{SessionTap, Watched},
};

pub use self::load::{Counts, Load, PipeLoad};
use self::{
    deadline::{Due, Table},
    line::Line,
    stamping::Arrival,
    stream::Streams,
    work::Overruns,
};
pub(crate) use self::{stamping::Handled, stream::Unwanted};
use crate::wire::{
    Bye, ByeCode, ChannelName, Codec, Ending, Frame, Hello, HelloBody, Limits, Notification,
    PROTOCOL, Payload, RecentNames, Request, Verdict, Welcome, WelcomeBody,
};

/// The channel that answers before the handshake and whatever the versions are.
pub(crate) const HOST_CHANNEL: &str = "host";

/// The channel that tells which RPC interfaces there are. Like `host` it says what a backend
/// offers, and not to whom.
pub(crate) const RPC_CONTROL_CHANNEL: &str = "rpc-control";

/// The channel that tells what happens in other sessions. Only the one that the host connected as
/// the inspector's may use it, whatever else a window is listed with.
pub(crate) const INSPECTOR_CHANNEL: &str = "inspector";

/// Which end of the session this is.
#[cfg_attr(doc, doc = include_str!("../../examples/frames.md"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The page: it greets, and is told whether the halves fit.
    Frontend,
    /// The native process: it judges.
    Backend,
}

/// How a call that this side made was answered.
#[derive(Debug)]
pub(crate) enum CallEnd {
    /// It is over.
    Ended(Ending),
    /// With a stream, whose items come in here.
    Streaming(Inlet),
}

/// What the waiter of a call gets.
pub(crate) type CallResult = Result<CallEnd, PipeError>;

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
        /// Whether somebody wants to know when its handler begins and ends.
        is_timed: bool,
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
    names: RecentNames,
    pending: PendingCalls<Pending>,
    running: CallTable<Running>,
    streams: Streams,
    overruns: Overruns,
    /// Who is to be woken once the session is not locked any more.
    wakers: Vec<Waker>,
    /// Who waits for room to send one-way messages.
    waiting_for_room: Line,
    pipe: PipeLoad,
    /// What happened so far.
    counts: Counts,
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
    is_inspector: bool,
    tap: SessionTap,
}

#[derive(Clone, Debug, PartialEq)]
enum Phase {
    Fresh,
    Open,
    Ended(EndReason),
}

#[derive(Debug)]
struct Pending {
    waiter: oneshot::Sender<CallResult>,
    deadline: Option<Due>,
    stamps: Option<StampSlot>,
}

#[derive(Debug)]
struct Running {
    codec: Codec,
    cancellation: Cancellation,
    deadline: Option<Due>,
    /// Pieces of blocking work that it has begun and that are not over.
    works: u32,
    arrival: Option<Arrival>,
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
            names: RecentNames::default(),
            pending: PendingCalls::default(),
            running: CallTable::default(),
            streams: Streams::default(),
            overruns: Overruns::default(),
            wakers: Vec::new(),
            waiting_for_room: Line::default(),
            pipe: PipeLoad::default(),
            counts: Counts::default(),
            deadlines: BTreeMap::new(),
            has_new_deadline: false,
            greeting_due: None,
            unfit: HashMap::new(),
            allowed: None,
            window: window.into(),
            is_inspector: false,
            tap: SessionTap::default(),
        }
    }

    /// Queues a frame, in sight of those who watch.
    fn push(&mut self, frame: Frame, call: Option<u32>) {
        self.tap.tell(Watched::Sent(&frame));
        self.outbox.push(frame, call);
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

    /// Lets those who watch see what goes through this session.
    pub(crate) fn tap(&mut self, tap: SessionTap) {
        self.tap = tap;
    }

    /// Lets this session see what happens in the others.
    pub(crate) fn let_inspect(&mut self) {
        self.is_inspector = true;
    }

    /// Queues the greeting of a frontend.
    pub(crate) fn greet(&mut self, body: HelloBody) {
        let body = HelloBody {
            limits: self.limits.clone(),
            ..body
        };
        self.push(
            Frame::Hello(Hello {
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
        self.push(
            Frame::Welcome(Welcome {
                protocol: PROTOCOL,
                body,
            }),
            None,
        );
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
        let max_frame = self.peer.max_frame_bytes as usize;
        let frames = budget.map_or_else(Vec::new, |budget| self.outbox.take(budget, max_frame));
        self.wake_with_room();
        Polled {
            frames,
            has_more: !self.outbox.is_empty(),
            next_wakeup,
            ended,
        }
    }

    /// Whether a poll would have something to say that the last one had not.
    pub(crate) fn wants_poll(&self) -> bool {
        self.has_new_deadline || !self.outbox.is_empty()
    }

    /// Ends the session in order: what waits to be sent still leaves, and `Bye` after it.
    pub(crate) fn close(&mut self, reason: EndReason, code: ByeCode, text: &str) -> Option<Event> {
        if matches!(self.phase, Phase::Ended(_)) {
            return None;
        }
        let event = self.end(reason);
        self.push(
            Frame::Bye(Bye {
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

    /// Whether the handshake is over and the session is not.
    pub(crate) fn is_open(&self) -> bool {
        self.phase == Phase::Open
    }

    /// How busy it is, and what happened so far.
    pub(crate) fn load(&self) -> Load {
        Load {
            running_calls: self.running.len(),
            overrunning_calls: self.overruns.now(),
            pending_calls: self.pending.len(),
            open_streams: self.streams.open(),
            consumed_streams: self.streams.consumed(),
            queued_bytes: self.outbox.len(),
            pipe: self.pipe,
            counts: self.counts,
        }
    }

    fn violated(&mut self, what: impl Into<String>) -> Option<Event> {
        self.outbox.clear();
        self.give_up(EndReason::Protocol { what: what.into() })
    }

    fn end(&mut self, reason: EndReason) -> Event {
        self.tap.tell(Watched::Ended(&reason));
        self.phase = Phase::Ended(reason.clone());
        self.greeting_due = None;
        self.deadlines.clear();
        self.assembler.clear();
        for pending in self.pending.drain() {
            let _ = pending.waiter.send(Err(PipeError::Ended(reason.clone())));
        }
        for (call, running) in self.running.drain() {
            running.cancellation.cancel();
            self.overruns.add(call, running.works);
        }
        let error = PipeError::Ended(reason.clone());
        self.streams
            .end(&error, &mut self.overruns, &mut self.wakers);
        self.waiting_for_room.call_up(&mut self.wakers);
        Event::Ended(reason)
    }

    /// Wakes whom the outbox has kept waiting, if it is short enough.
    fn wake_with_room(&mut self) {
        let queued = self.outbox.stream_len();
        self.streams.with_room(queued, &mut self.wakers);
        if !self.waiting_for_room.is_empty() && self.has_room_to_wait_for() {
            self.waiting_for_room.call_up(&mut self.wakers);
        }
    }

    /// The pipe says what it has on the way.
    pub(crate) fn set_pipe(&mut self, pipe: PipeLoad) {
        self.pipe = pipe;
    }

    /// What this side takes.
    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Messages that were kept for a first listener gave way to later ones.
    pub(crate) fn count_dropped(&mut self, messages: usize) {
        self.counts.dropped += messages as u64;
    }

    /// Takes those who are to be woken, once nothing is locked.
    pub(crate) fn take_wakers(&mut self) -> Vec<Waker> {
        std::mem::take(&mut self.wakers)
    }

    fn log_refusal(&mut self, refusal: &Refusal) {
        self.counts.refused += 1;
        tracing::warn!(window = &*self.window, %refusal, "a call was refused");
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

/// A refusal as it goes on the wire.
pub(crate) fn refused(codec: Codec, refusal: &Refusal) -> Ending {
    let payload = Payload::encode(codec, refusal).unwrap_or_else(|_| Payload::unit(codec));
    Ending::Refused {
        text: refusal.to_string().into(),
        payload,
    }
}
