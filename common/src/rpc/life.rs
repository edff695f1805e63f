//! The life of a request on its client: sent, answered, asked for patience, sent again.
//!
//! Plain data with the time handed in, the same for every configuration. Whoever carries the
//! request sends it when it is given a [`Submission`], hands in what came back, and asks at
//! [`RequestLife::due_at`] what is to be sent again. Events come in the order in which iTwin.js
//! raises them.

mod event;
mod settings;

use std::collections::VecDeque;
use std::time::Duration;

pub use event::{AlreadyResubmitted, LifeEvent, RpcProtocolEvent, RpcRequestEvent};
pub use settings::{Layers, LifeSettings, NotFoundHandlers, WhenBroken};

use super::{RpcRequestStatus, RpcTransient, back_off::back_off};

/// The least time from a sending that met a fault of the moment to the next, whatever the server
/// says: nothing else ends the sendings of one that is told when to come again.
const MIN_RETRY_AFTER: Duration = Duration::from_millis(100);

/// One sending of a request. What comes back is handed in with it, so that an answer to a sending
/// that was cancelled is not taken for that of the next.
#[cfg_attr(doc, doc = include_str!("../../examples/life.md"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "the request waits for this sending"]
pub struct Submission(u32);

/// What came of a sending.
#[cfg_attr(doc, doc = include_str!("../../examples/life.md"))]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrived {
    /// A result, or the begin of a stream.
    Result,
    /// The backend's word that the call failed.
    Failure,
    /// The word that there is nothing to give.
    NoContent,
    /// The word that there will be a result.
    Pending {
        /// How far it is.
        message: String,
        /// When to ask again, where it says so.
        retry_after: Option<Duration>,
    },
    /// The word that what the request names is not there.
    NotFound,
    /// A fault of the moment.
    Transient {
        /// Which.
        fault: RpcTransient,
        /// When to try again, where it says so.
        retry_after: Option<Duration>,
    },
    /// An answer whose status says nothing about a request.
    UnknownStatus,
    /// An answer whose body is none.
    UnknownBody,
    /// Nothing: the request was not sent, or its answer was cut off.
    Lost,
    /// Nothing: the connection broke before an answer began.
    Broken,
}

/// What is to be done after something came.
#[cfg_attr(doc, doc = include_str!("../../examples/life.md"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "the request waits for it"]
pub enum Next {
    /// Nothing more: what came is what the caller is told.
    Tell,
    /// Nothing more: there were too many faults of the moment.
    TooManyFaults,
    /// It is to be sent again at [`RequestLife::due_at`].
    Wait,
    /// It is to be sent again at once.
    SendAgain,
    /// The handlers of what is not found are to be asked.
    AskHandlers,
    /// What came was to a sending that nobody waits for any more.
    Ignore,
}

/// A request from its making to its end.
#[cfg_attr(doc, doc = include_str!("../../examples/life.md"))]
#[derive(Debug)]
pub struct RequestLife {
    settings: LifeSettings,
    status: RpcRequestStatus,
    extended_status: String,
    first_submitted: Option<Duration>,
    last_submitted: Duration,
    last_updated: Duration,
    attempts: u32,
    faults: u32,
    broke: bool,
    retry_after: Option<Duration>,
    /// The sending whose answer is waited for.
    sending: Option<Submission>,
    /// Something was not found, and a handler is to deal with it.
    is_missing: bool,
    is_over: bool,
    /// Whether anybody wants events.
    records: bool,
    events: VecDeque<LifeEvent>,
}

impl RequestLife {
    /// A request that was made and not sent. Events are recorded for those who take them.
    #[must_use]
    pub fn new(settings: LifeSettings) -> Self {
        let mut life = Self::unheard(settings);
        life.record(true);
        life
    }

    /// The same, with nobody listening.
    pub(super) fn unheard(settings: LifeSettings) -> Self {
        Self {
            settings,
            status: RpcRequestStatus::Unknown,
            extended_status: String::new(),
            first_submitted: None,
            last_submitted: Duration::ZERO,
            last_updated: Duration::ZERO,
            attempts: 0,
            faults: 0,
            broke: false,
            retry_after: None,
            sending: None,
            is_missing: false,
            is_over: false,
            records: false,
            events: VecDeque::new(),
        }
    }

    /// Says whether anybody listens from here on.
    pub(super) fn record(&mut self, records: bool) {
        self.records = records;
        if self.status == RpcRequestStatus::Unknown {
            self.set_status(RpcRequestStatus::Created);
        }
    }

    /// The request is to be sent; `None` if it is over, or on its way.
    pub fn submit(&mut self, now: Duration) -> Option<Submission> {
        if self.is_over || self.sending.is_some() {
            return None;
        }
        self.first_submitted.get_or_insert(now);
        self.last_submitted = now;
        self.retry_after = None;
        self.is_missing = false;
        self.attempts = self.attempts.saturating_add(1);
        let starts = [
            RpcRequestStatus::Created,
            RpcRequestStatus::NotFound,
            RpcRequestStatus::Cancelled,
        ];
        if starts.contains(&self.status) {
            self.set_status(RpcRequestStatus::Submitted);
        }
        let submission = Submission(self.attempts);
        self.sending = Some(submission);
        self.protocol(RpcProtocolEvent::RequestCreated);
        Some(submission)
    }

    /// When the request is to be sent again; `None` if it waits for something else.
    #[must_use]
    pub fn due_at(&self) -> Option<Duration> {
        let waits = self.status == RpcRequestStatus::Pending || self.status.is_transient();
        let waits = waits && !self.is_over && self.sending.is_none();
        let wait = self.retry_after.unwrap_or(self.settings.retry_interval);
        waits.then(|| self.last_submitted.saturating_add(wait))
    }

    /// Time has passed: the request is to be sent again if it is due.
    pub fn poll(&mut self, now: Duration) -> Option<Submission> {
        self.due_at().filter(|due| *due <= now)?;
        self.submit(now)
    }

    /// Something came, or is known not to come. What belongs to a sending that was cancelled is
    /// ignored.
    pub fn arrived(&mut self, submission: Submission, arrived: Arrived, now: Duration) -> Next {
        if self.is_over || self.sending != Some(submission) {
            return Next::Ignore;
        }
        self.sending = None;
        self.announce(&arrived, now);
        match arrived {
            Arrived::Result => self.tell(RpcRequestStatus::Resolved, now),
            Arrived::Pending {
                message,
                retry_after,
            } => self.pending(message, retry_after),
            Arrived::Transient { fault, retry_after } => self.transient(fault, retry_after, now),
            Arrived::NotFound if self.settings.not_found == NotFoundHandlers::Listening => {
                self.set_status(RpcRequestStatus::NotFound);
                self.is_missing = true;
                Next::AskHandlers
            }
            Arrived::NotFound => {
                self.protocol(RpcProtocolEvent::BackendErrorReceived);
                self.end(RpcRequestStatus::Rejected, now);
                // iTwin.js says so behind the end, and its listeners know it.
                self.set_status(RpcRequestStatus::NotFound);
                Next::Tell
            }
            Arrived::Failure => {
                self.protocol(RpcProtocolEvent::BackendErrorReceived);
                self.tell(RpcRequestStatus::Rejected, now)
            }
            Arrived::Broken
                if self.settings.when_broken == WhenBroken::SendOnceMore && !self.broke =>
            {
                self.broke = true;
                Next::SendAgain
            }
            Arrived::NoContent
            | Arrived::UnknownStatus
            | Arrived::UnknownBody
            | Arrived::Lost
            | Arrived::Broken => self.tell(RpcRequestStatus::Rejected, now),
        }
    }

    /// Gives the request up for now. It may be sent again with [`submit`](Self::submit); a reply
    /// that still comes is ignored. False if it is over, or given up already.
    ///
    /// One that waits to be sent again is given up, too; iTwin.js goes on with it.
    pub fn cancel(&mut self) -> bool {
        let waits = !self.is_over && self.status != RpcRequestStatus::Cancelled;
        if waits {
            self.sending = None;
            self.is_missing = false;
            self.set_status(RpcRequestStatus::Cancelled);
        }
        waits
    }

    /// A handler made what was not found be: the request is to be sent again.
    ///
    /// # Errors
    ///
    /// [`AlreadyResubmitted`] if it was, or if nothing is missing.
    pub fn resubmit(&mut self, now: Duration) -> Result<Submission, AlreadyResubmitted> {
        if !std::mem::take(&mut self.is_missing) {
            return Err(AlreadyResubmitted);
        }
        self.submit(now).ok_or(AlreadyResubmitted)
    }

    /// No handler can deal with what was not found: the caller is told so.
    pub fn give_up(&mut self, now: Duration) {
        if std::mem::take(&mut self.is_missing) {
            self.protocol(RpcProtocolEvent::BackendErrorReceived);
            self.fail(now);
        }
    }

    /// The request ends without what came of it, such as by its deadline.
    pub fn fail(&mut self, now: Duration) {
        if !self.is_over {
            self.sending = None;
            self.end(RpcRequestStatus::Rejected, now);
        }
    }

    /// Nobody waits for the request any more.
    pub fn dispose(&mut self, now: Duration) {
        if !self.is_over {
            self.cancel();
            self.is_over = true;
            self.last_updated = now;
            self.set_status(RpcRequestStatus::Disposed);
        }
    }

    /// The next event; they are to be taken after each of the calls above.
    pub fn next_event(&mut self) -> Option<LifeEvent> {
        self.events.pop_front()
    }

    /// Where it stands.
    #[must_use]
    pub fn status(&self) -> RpcRequestStatus {
        self.status
    }

    /// How far the server said it is.
    #[must_use]
    pub fn extended_status(&self) -> &str {
        &self.extended_status
    }

    /// How often it was sent.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// How long after it was sent last it is sent again, where the server said so or a fault of
    /// the moment came.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Whether it has come to something; nothing more happens to it.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    /// Whether an answer is waited for.
    #[must_use]
    pub fn is_connecting(&self) -> bool {
        self.sending.is_some()
    }

    /// When it was first sent; `None` before.
    #[must_use]
    pub fn first_submitted(&self) -> Option<Duration> {
        self.first_submitted
    }

    /// When it was sent last.
    #[must_use]
    pub fn last_submitted(&self) -> Duration {
        self.last_submitted
    }

    /// From when it was first sent to the last that came back.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        let first = self.first_submitted.unwrap_or(self.last_updated);
        self.last_updated.saturating_sub(first)
    }

    /// What the two sides exchanged, as iTwin.js tells of it.
    fn announce(&mut self, arrived: &Arrived, now: Duration) {
        use RpcProtocolEvent::{ConnectionErrorReceived, ResponseLoaded, ResponseLoading};
        match arrived {
            Arrived::Lost | Arrived::Broken => self.protocol(ConnectionErrorReceived),
            Arrived::UnknownStatus => self.protocol(ResponseLoading),
            Arrived::UnknownBody => {
                self.protocol(ResponseLoading);
                self.protocol(ConnectionErrorReceived);
            }
            _ => {
                self.last_updated = now;
                self.protocol(ResponseLoading);
                self.protocol(ResponseLoaded);
                if self.settings.layers == Layers::Http {
                    self.protocol(ResponseLoaded);
                }
            }
        }
    }

    fn pending(&mut self, message: String, retry_after: Option<Duration>) -> Next {
        self.extended_status = message;
        self.retry_after = retry_after;
        self.set_status(RpcRequestStatus::Pending);
        self.event(RpcRequestEvent::PendingUpdateReceived);
        Next::Wait
    }

    fn transient(
        &mut self,
        fault: RpcTransient,
        retry_after: Option<Duration>,
        now: Duration,
    ) -> Next {
        let wait = match retry_after {
            // A server that names a time is in command of itself.
            Some(wait) => {
                self.faults = 0;
                wait.max(MIN_RETRY_AFTER)
            }
            None => {
                self.faults += 1;
                back_off(self.faults)
            }
        };
        if self.faults > self.settings.transient_fault_limit {
            self.end(RpcRequestStatus::Rejected, now);
            return Next::TooManyFaults;
        }
        self.retry_after = Some(wait);
        self.set_status(fault.status());
        self.event(RpcRequestEvent::TransientErrorReceived { retry_after: wait });
        Next::Wait
    }

    fn tell(&mut self, status: RpcRequestStatus, now: Duration) -> Next {
        self.end(status, now);
        Next::Tell
    }

    fn end(&mut self, status: RpcRequestStatus, now: Duration) {
        self.is_over = true;
        self.last_updated = now;
        self.set_status(status);
        self.set_status(RpcRequestStatus::Disposed);
    }

    fn set_status(&mut self, status: RpcRequestStatus) {
        if self.status != status {
            self.status = status;
            self.event(RpcRequestEvent::StatusChanged);
        }
    }

    fn protocol(&mut self, event: RpcProtocolEvent) {
        self.event(RpcRequestEvent::Protocol(event));
    }

    fn event(&mut self, what: RpcRequestEvent) {
        if self.records {
            let status = self.status;
            self.events.push_back(LifeEvent { what, status });
        }
    }
}
