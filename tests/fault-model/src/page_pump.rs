//! The page's end of the bridge, by the rules of `src-frontend/src/bridge.rs`.
//!
//! The numbering is the product's own; the pump around it is the page's, without a browser. The
//! windows are smaller by 64, so that they fill up.

use std::{collections::HashSet, time::Duration};

use twinbridge_common::{
    Bytes,
    ipc::{
        EndReason, Endpoint,
        page_loads::PageNonce,
        reliable::{Receiving, Sending},
    },
    wire::{Batch, DownBatch, UpBatch, frames},
};

use crate::executor::Wanted;

const WINDOW: usize = 64 * 1024;
const MAX_BATCH: usize = 16 * 1024;
const ACKNOWLEDGE: usize = 16 * 1024;
const MAX_OPEN: usize = 6;
const MAX_FAILURES: u32 = 6;
const RETRY: Duration = Duration::from_millis(50);
const ASK_AGAIN: Duration = Duration::from_secs(2);
const GAP: Duration = Duration::from_secs(10);

/// The secret of all pages.
pub(crate) const KEY: [u8; 16] = [7; 16];

/// One page's pump.
pub(crate) struct PagePump {
    pub(crate) nonce: PageNonce,
    endpoint: Endpoint,
    wanted: Wanted,
    sending: Sending,
    receiving: Receiving,
    /// Posts that are not answered.
    open: HashSet<u64>,
    failures: u32,
    /// More posts failed in a row than are borne.
    pub(crate) gave_up: bool,
    resend: bool,
    is_answered: bool,
    unacknowledged: usize,
    asked_again: bool,
    paused_until: Option<Duration>,
    timer: Option<Duration>,
    has_begun: bool,
    has_stopped: bool,
}

impl PagePump {
    pub(crate) fn new(nonce: PageNonce, endpoint: Endpoint, wanted: Wanted) -> Self {
        Self {
            nonce,
            endpoint,
            wanted,
            sending: Sending::new(WINDOW),
            receiving: Receiving::default(),
            open: HashSet::new(),
            failures: 0,
            gave_up: false,
            resend: false,
            is_answered: false,
            unacknowledged: 0,
            asked_again: false,
            paused_until: None,
            timer: None,
            has_begun: false,
            has_stopped: false,
        }
    }

    /// When it is woken next, if by nothing else.
    pub(crate) fn next_timer(&self) -> Option<Duration> {
        let pause = self.paused_until;
        let timers = [self.timer, pause].into_iter().flatten();
        timers.min().filter(|_| !self.has_stopped)
    }

    pub(crate) fn is_due(&self, now: Duration) -> bool {
        let is_woken = self.wanted.is_set() || self.next_timer().is_some_and(|at| at <= now);
        is_woken && !self.has_stopped
    }

    /// What leaves in this turn: the bodies of posts.
    pub(crate) fn turn(&mut self, now: Duration, next_post: &mut u64) -> Vec<(u64, Bytes)> {
        self.wanted.take();
        self.paused_until.take_if(|until| *until <= now);
        self.timer.take_if(|timer| *timer <= now);
        self.has_begun |= self.endpoint.has_frames();
        let mut posts = Vec::new();
        if !self.has_begun {
            return posts;
        }
        while let Some(batch) = self.next_batch(now) {
            let up = UpBatch {
                key: KEY,
                page: self.nonce,
                resend: std::mem::take(&mut self.resend),
                batch,
            };
            let mut body = up.header().to_vec();
            body.extend_from_slice(&up.batch.frames);
            *next_post += 1;
            self.open.insert(*next_post);
            posts.push((*next_post, Bytes::from(body)));
        }
        self.has_stopped = self.endpoint.ended().is_some() && !self.endpoint.has_frames();
        posts
    }

    fn next_batch(&mut self, now: Duration) -> Option<Batch> {
        self.mind_the_gap(now);
        let max_open = if self.is_answered { MAX_OPEN } else { 1 };
        if self.paused_until.is_some() || self.open.len() >= max_open {
            let out = self.endpoint.poll(None);
            self.wake_at(out.next_wakeup);
            return None;
        }
        if self.sending.room() == 0 {
            let at = self.sending.mind_the_silence(now, ASK_AGAIN);
            self.wake_at(at);
        }
        let again = self.sending.next_again();
        let batch = again.or_else(|| {
            let room = Some(self.sending.room().min(MAX_BATCH)).filter(|room| *room > 0);
            let out = self.endpoint.poll(room);
            self.wake_at(out.next_wakeup);
            (!out.frames.is_empty()).then(|| self.sending.push(Bytes::from(out.frames)))
        });
        let has_ended = self.endpoint.ended().is_some();
        let must_post = self.resend
            || (self.open.is_empty() && !has_ended)
            || (self.unacknowledged >= ACKNOWLEDGE && !has_ended);
        let batch = batch.or_else(|| must_post.then(Batch::default))?;
        self.unacknowledged = 0;
        Some(Batch {
            acknowledged: self.receiving.acknowledged(),
            ..batch
        })
    }

    fn mind_the_gap(&mut self, now: Duration) {
        let Some(since) = self.receiving.gap_since() else {
            return;
        };
        if let Some(reason) = self.receiving.overdue(now, GAP) {
            return self.endpoint.give_up(reason);
        }
        if now < since + ASK_AGAIN {
            self.wake_at(Some(since + ASK_AGAIN));
        } else {
            if !std::mem::replace(&mut self.asked_again, true) {
                self.resend = true;
            }
            self.wake_at(Some(since + GAP));
        }
    }

    /// A post was answered; one that failed before is not waited for.
    pub(crate) fn answered(&mut self, post: u64, body: &Bytes, now: Duration) {
        if !self.open.remove(&post) {
            return;
        }
        self.take(body, now);
        self.wanted.set();
    }

    fn take(&mut self, body: &Bytes, now: Duration) {
        let batch = match DownBatch::read(body) {
            Ok(DownBatch::Batch(batch)) => batch,
            Ok(DownBatch::Ended(what)) => {
                return self.endpoint.abandon(EndReason::Pipe { what });
            }
            Err(error) => return self.give_up(error.to_string()),
        };
        self.failures = 0;
        self.is_answered = true;
        self.unacknowledged += batch.frames.len();
        let taken = self.sending.acknowledge(batch.acknowledged);
        let taken = taken.and_then(|()| self.receiving.receive(batch.sequence, batch.frames, now));
        if self.receiving.gap_since().is_none() {
            self.asked_again = false;
        }
        match taken {
            Ok(batches) => {
                for frame in batches.iter().flat_map(frames) {
                    match frame {
                        Ok(frame) => self.endpoint.receive(&frame),
                        Err(error) => return self.give_up(error.to_string()),
                    }
                }
            }
            Err(reason) => self.endpoint.give_up(reason),
        }
    }

    /// A post failed, whether the host has it or not.
    pub(crate) fn failed(&mut self, post: u64, now: Duration) {
        if !self.open.remove(&post) {
            return;
        }
        self.wanted.set();
        self.failures += 1;
        if self.failures > MAX_FAILURES {
            self.gave_up = true;
            return self.give_up("the post failed".to_owned());
        }
        self.resend = true;
        self.sending.send_again();
        let pause = RETRY * 2_u32.pow(self.failures - 1);
        self.paused_until.get_or_insert(now + pause);
    }

    fn give_up(&self, what: String) {
        self.endpoint.give_up(EndReason::Pipe { what });
    }

    fn wake_at(&mut self, at: Option<Duration>) {
        self.timer = [self.timer, at].into_iter().flatten().min();
    }

    /// Whether what is on the way is at most so much more than the window.
    pub(crate) fn is_within_window(&self, beyond: usize) -> bool {
        self.sending.unacknowledged_bytes() <= WINDOW + beyond
    }
}
