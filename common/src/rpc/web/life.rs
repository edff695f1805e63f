//! The life of a request on its client: sent, answered, asked for patience, sent again.
//!
//! Plain data with the time handed in. The client sends when it is given a [`Submission`], hands
//! in what came back, and asks at [`RequestLife::due_at`] what is to be sent again. Events
//! come in the order in which iTwin.js raises them.

use std::collections::VecDeque;
use std::time::Duration;

use super::life_event::{AlreadyResubmitted, LifeEvent, ProtocolEvent};
use super::life_settings::{LifeSettings, Moment, NotFoundHandlers};
use super::status::{RequestStatus, Transient};
use super::{Reply, RequestError, RetryAfter};
use crate::rpc::back_off::back_off;
use crate::wire::Payload;

/// One sending of a request. What comes back is handed in with it, so that an answer to a sending
/// that was cancelled is not taken for that of the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "the request waits for this sending"]
pub struct Submission(u32);

/// A request from its making to its end.
#[derive(Debug)]
pub struct RequestLife {
    id: String,
    settings: LifeSettings,
    status: RequestStatus,
    extended_status: String,
    created: Duration,
    last_submitted: Duration,
    last_updated: Duration,
    attempts: u32,
    faults: u32,
    retry_after: Option<Duration>,
    /// The sending whose answer is waited for.
    sending: Option<Submission>,
    /// What was not found, until a handler deals with it.
    missing: Option<Payload>,
    /// No outcome yet.
    active: bool,
    outcome: Option<Result<Payload, RequestError>>,
    events: VecDeque<LifeEvent>,
}

impl RequestLife {
    /// A request that was made and not sent.
    #[must_use]
    pub fn new(id: String, settings: LifeSettings, at: Moment) -> Self {
        let mut life = Self {
            id,
            settings,
            status: RequestStatus::Unknown,
            extended_status: String::new(),
            created: at.now,
            last_submitted: Duration::ZERO,
            last_updated: Duration::ZERO,
            attempts: 0,
            faults: 0,
            retry_after: None,
            sending: None,
            missing: None,
            active: true,
            outcome: None,
            events: VecDeque::new(),
        };
        life.set_status(RequestStatus::Created);
        life
    }

    /// The request is to be sent; `None` if it is over, or on its way.
    pub fn submit(&mut self, at: Moment) -> Option<Submission> {
        if !self.active || self.sending.is_some() {
            return None;
        }
        self.last_submitted = at.now;
        self.retry_after = None;
        self.missing = None;
        self.attempts = self.attempts.saturating_add(1);
        let starts = [
            RequestStatus::Created,
            RequestStatus::NotFound,
            RequestStatus::Cancelled,
        ];
        if starts.contains(&self.status) {
            self.set_status(RequestStatus::Submitted);
        }
        let submission = Submission(self.attempts);
        self.sending = Some(submission);
        self.protocol(ProtocolEvent::RequestCreated);
        Some(submission)
    }

    /// When the request is to be sent again; `None` if it waits for something else.
    #[must_use]
    pub fn due_at(&self) -> Option<Duration> {
        let waits = self.status == RequestStatus::Pending || self.status.is_transient();
        let waits = waits && self.active && self.sending.is_none();
        let wait = self.retry_after.unwrap_or(self.settings.retry_interval);
        waits.then(|| self.last_submitted.saturating_add(wait))
    }

    /// Time has passed: the request is to be sent again if it is due.
    pub fn poll(&mut self, at: Moment) -> Option<Submission> {
        self.due_at().filter(|due| *due <= at.now)?;
        self.submit(at)
    }

    /// An answer came. One to a sending that was cancelled is ignored.
    pub fn answered(&mut self, submission: Submission, reply: Reply, at: Moment) {
        if !self.arrived(submission) {
            return;
        }
        self.protocol(ProtocolEvent::ResponseLoading);
        match &reply {
            Reply::Rejected(RequestError::UnknownStatus { .. }) => {}
            Reply::Rejected(RequestError::UnknownBody { .. }) => {
                self.protocol(ProtocolEvent::ConnectionErrorReceived);
            }
            // Once by the request and once by the layer of HTTP, as in iTwin.js.
            _ => {
                self.last_updated = at.now;
                self.protocol(ProtocolEvent::ResponseLoaded);
                self.protocol(ProtocolEvent::ResponseLoaded);
            }
        }
        match reply {
            Reply::Resolved(result) => self.end(Ok(result), at),
            Reply::Rejected(error) => self.rejected(error, at),
            Reply::Pending {
                message,
                retry_after,
            } => self.pending(message, retry_after, at),
            Reply::NotFound(response) => self.not_found_came(response, at),
            Reply::NoContent => self.end(Err(RequestError::NoContent), at),
            Reply::Transient { fault, retry_after } => self.transient(fault, retry_after, at),
        }
    }

    /// The request was not sent, or no answer came. One that was cancelled is ignored.
    pub fn failed(&mut self, submission: Submission, what: String, at: Moment) {
        if !self.arrived(submission) {
            return;
        }
        self.protocol(ProtocolEvent::ConnectionErrorReceived);
        self.end(Err(RequestError::Connection { what }), at);
    }

    /// Gives the request up for now. It may be sent again with [`submit`](Self::submit); a reply
    /// that still comes is ignored.
    ///
    /// One that waits to be sent again is given up, too; iTwin.js goes on with it.
    pub fn cancel(&mut self) {
        let waits = self.sending.is_some() || self.due_at().is_some();
        if self.active && waits {
            self.sending = None;
            self.set_status(RequestStatus::Cancelled);
        }
    }

    /// What was not found, while a handler is to deal with it.
    #[must_use]
    pub fn missing(&self) -> Option<&Payload> {
        self.missing.as_ref()
    }

    /// A handler made what was not found be: the request is to be sent again.
    ///
    /// # Errors
    ///
    /// [`AlreadyResubmitted`] if it was, or if nothing is missing.
    pub fn resubmit(&mut self, at: Moment) -> Result<Submission, AlreadyResubmitted> {
        self.missing.take().ok_or(AlreadyResubmitted)?;
        self.submit(at).ok_or(AlreadyResubmitted)
    }

    /// No handler can deal with what was not found. Without a reason the caller sees what the
    /// server said.
    pub fn give_up(&mut self, reason: Option<String>, at: Moment) {
        let Some(response) = self.missing.take() else {
            return;
        };
        match reason {
            Some(reason) => self.end(Err(RequestError::NotFoundHandler { reason }), at),
            None => self.rejected(RequestError::thrown(&response), at),
        }
    }

    /// What the request came to, once. It is there from the status `Disposed` on.
    pub fn take_outcome(&mut self) -> Option<Result<Payload, RequestError>> {
        self.outcome.take()
    }

    /// The next event; they are to be taken after each of the calls above.
    pub fn next_event(&mut self) -> Option<LifeEvent> {
        self.events.pop_front()
    }

    /// Id of the request, the same for each sending.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Where it stands.
    #[must_use]
    pub fn status(&self) -> RequestStatus {
        self.status
    }

    /// How far the server said it is.
    #[must_use]
    pub fn extended_status(&self) -> &str {
        &self.extended_status
    }

    /// Whether it has come to something; nothing more happens to it.
    #[must_use]
    pub fn is_over(&self) -> bool {
        !self.active
    }

    /// Whether an answer is waited for.
    #[must_use]
    pub fn is_connecting(&self) -> bool {
        self.sending.is_some()
    }

    /// When it was sent last.
    #[must_use]
    pub fn last_submitted(&self) -> Duration {
        self.last_submitted
    }

    /// When something came back last.
    #[must_use]
    pub fn last_updated(&self) -> Duration {
        self.last_updated
    }

    /// From its making to the last that came back.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.last_updated.saturating_sub(self.created)
    }

    fn arrived(&mut self, submission: Submission) -> bool {
        let expected = self.active && self.sending == Some(submission);
        if expected {
            self.sending = None;
        }
        expected
    }

    fn pending(&mut self, message: String, retry_after: Option<RetryAfter>, at: Moment) {
        self.extended_status = message;
        self.retry_after = retry_after.map(|wait| wait.wait(at.unix));
        self.set_status(RequestStatus::Pending);
        self.events.push_back(LifeEvent::PendingUpdate);
    }

    fn transient(&mut self, fault: Transient, retry_after: Option<RetryAfter>, at: Moment) {
        let wait = match retry_after {
            Some(wait) => {
                self.faults = 0;
                wait.wait(at.unix)
            }
            None => {
                self.faults += 1;
                back_off(self.faults)
            }
        };
        if self.faults > self.settings.transient_fault_limit {
            self.end(Err(RequestError::TransientFaults), at);
            return;
        }
        self.retry_after = Some(wait);
        self.set_status(fault.status());
        self.events
            .push_back(LifeEvent::TransientError { retry_after: wait });
    }

    fn not_found_came(&mut self, response: Payload, at: Moment) {
        if self.settings.not_found == NotFoundHandlers::Listening {
            self.set_status(RequestStatus::NotFound);
            self.missing = Some(response);
            return;
        }
        self.rejected(RequestError::thrown(&response), at);
        // iTwin.js says so behind the end, and its listeners know it.
        self.set_status(RequestStatus::NotFound);
    }

    fn rejected(&mut self, error: RequestError, at: Moment) {
        let by_backend = matches!(
            error,
            RequestError::Thrown { .. } | RequestError::Failed(_) | RequestError::Unreadable(_)
        );
        if by_backend {
            self.protocol(ProtocolEvent::BackendErrorReceived);
        }
        self.end(Err(error), at);
    }

    fn end(&mut self, outcome: Result<Payload, RequestError>, at: Moment) {
        self.active = false;
        self.last_updated = at.now;
        self.set_status(match outcome {
            Ok(_) => RequestStatus::Resolved,
            Err(_) => RequestStatus::Rejected,
        });
        self.outcome = Some(outcome);
        self.set_status(RequestStatus::Disposed);
    }

    fn set_status(&mut self, status: RequestStatus) {
        if self.status != status {
            self.status = status;
            self.events.push_back(LifeEvent::Status(status));
        }
    }

    fn protocol(&mut self, event: ProtocolEvent) {
        self.events.push_back(LifeEvent::Protocol(event));
    }
}
