//! The requests of a client, and how busy it is.
//!
//! A table of lives and the two times that iTwin.js keeps for idle detection. The client takes
//! events out through it, so that the times follow.

use std::collections::BTreeMap;
use std::time::Duration;

use super::life::RequestLife;
use super::life_event::LifeEvent;
use super::life_settings::{LifeSettings, Moment};
use super::status::RequestStatus;

/// When something was last asked and answered. iTwin.js: `RpcOperationsProfile`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// The last request.
    pub last_request: Duration,
    /// The last answer.
    pub last_response: Duration,
}

impl Load {
    /// A request was sent, or on a server received.
    pub fn asked(&mut self, now: Duration) {
        self.last_request = now;
    }

    /// An answer came, or on a server was made.
    pub fn answered(&mut self, now: Duration) {
        self.last_response = now;
    }
}

/// The requests of a client.
#[derive(Debug, Default)]
pub struct RequestTable {
    lives: BTreeMap<u64, RequestLife>,
    next: u64,
    load: Load,
}

impl RequestTable {
    /// Adds a request and gives its number in the table. Ids need not differ.
    pub fn insert(&mut self, id: String, settings: LifeSettings, at: Moment) -> u64 {
        let number = self.next;
        self.next += 1;
        self.lives
            .insert(number, RequestLife::new(id, settings, at));
        number
    }

    /// A request.
    #[must_use]
    pub fn get(&self, number: u64) -> Option<&RequestLife> {
        self.lives.get(&number)
    }

    /// A request, to tell it something.
    pub fn get_mut(&mut self, number: u64) -> Option<&mut RequestLife> {
        self.lives.get_mut(&number)
    }

    /// The next event of a request.
    pub fn next_event(&mut self, number: u64) -> Option<LifeEvent> {
        let life = self.lives.get_mut(&number)?;
        let event = life.next_event()?;
        match &event {
            LifeEvent::Status(RequestStatus::Submitted) => self.load.asked(life.last_submitted()),
            LifeEvent::Status(
                RequestStatus::Pending | RequestStatus::Resolved | RequestStatus::Rejected,
            ) => self.load.answered(life.last_updated()),
            _ => {}
        }
        Some(event)
    }

    /// Takes a request out, usually with its outcome.
    pub fn remove(&mut self, number: u64) -> Option<RequestLife> {
        self.lives.remove(&number)
    }

    /// Numbers of the requests that are due to be sent again.
    pub fn due(&self, now: Duration) -> impl Iterator<Item = u64> + '_ {
        let due = move |life: &RequestLife| life.due_at().is_some_and(|at| at <= now);
        self.lives
            .iter()
            .filter(move |(_, life)| due(life))
            .map(|(number, _)| *number)
    }

    /// When the next one is.
    #[must_use]
    pub fn next_due(&self) -> Option<Duration> {
        self.lives.values().filter_map(RequestLife::due_at).min()
    }

    /// The requests whose answers are waited for. iTwin.js: `RpcRequest.activeRequests`.
    pub fn active(&self) -> impl Iterator<Item = &RequestLife> {
        self.lives.values().filter(|life| life.is_connecting())
    }

    /// The request that was made last and is not over. iTwin.js: `RpcRequest.current`.
    #[must_use]
    pub fn current(&self) -> Option<&RequestLife> {
        self.lives
            .values()
            .next_back()
            .filter(|life| !life.is_over())
    }

    /// When something was last asked and answered. iTwin.js: `RpcRequest.aggregateLoad`.
    #[must_use]
    pub fn load(&self) -> Load {
        self.load
    }
}
