//! The host's end of the bridge, by the rules of `src-backend/pipe/page.rs`.
//!
//! The numbering is the product's own; the pump around it is the host's, without its executor.
//! The windows are smaller by 64, so that they fill up.

use std::{collections::VecDeque, time::Duration};

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

const PARKED: usize = 2;
const WINDOW: usize = 128 * 1024;
const MAX_BATCH: usize = 32 * 1024;
const ACKNOWLEDGE: usize = 16 * 1024;
const GAP: Duration = Duration::from_secs(10);
const REPEAT: Duration = Duration::from_secs(2);

/// The way back to the page for one post.
#[derive(Clone, Copy)]
pub(crate) struct Token {
    pub(crate) nonce: PageNonce,
    pub(crate) post: u64,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The model's numbers have their page in front.
        write!(f, "page {} post {}", self.nonce[0], self.post)
    }
}

/// Answers to posts, in the order they were given.
pub(crate) type Answers = Vec<(Token, Vec<u8>)>;

/// The host's pump for one page.
pub(crate) struct HostPump {
    pub(crate) endpoint: Endpoint,
    wanted: Wanted,
    inbox: VecDeque<(UpBatch, Token)>,
    parked: VecDeque<Token>,
    sending: Sending,
    receiving: Receiving,
    unacknowledged: usize,
    wakeup: Option<Duration>,
    has_stopped: bool,
}

impl HostPump {
    pub(crate) fn new(endpoint: Endpoint, wanted: Wanted) -> Self {
        wanted.set();
        let at_end = wanted.clone();
        endpoint.on_end(move |_| at_end.set());
        Self {
            endpoint,
            wanted,
            inbox: VecDeque::new(),
            parked: VecDeque::new(),
            sending: Sending::new(WINDOW),
            receiving: Receiving::default(),
            unacknowledged: 0,
            wakeup: None,
            has_stopped: false,
        }
    }

    pub(crate) fn post(&mut self, batch: UpBatch, token: Token, answers: &mut Answers) {
        if self.has_stopped {
            answers.push((token, ended(&self.endpoint)));
        } else {
            self.inbox.push_back((batch, token));
            self.wanted.set();
        }
    }

    pub(crate) fn next_timer(&self) -> Option<Duration> {
        self.wakeup.filter(|_| !self.has_stopped)
    }

    pub(crate) fn is_due(&self, now: Duration) -> bool {
        let is_woken = self.wanted.is_set() || self.wakeup.is_some_and(|at| at <= now);
        is_woken && !self.has_stopped
    }

    /// Takes in what came and answers what may be answered.
    pub(crate) fn turn(&mut self, now: Duration, answers: &mut Answers) {
        self.wanted.take();
        while let Some((up, token)) = self.inbox.pop_front() {
            self.parked.push_back(token);
            self.unacknowledged += up.batch.frames.len();
            if let Err(reason) = self.take_batch(up.batch, up.resend, now) {
                self.endpoint.give_up(reason);
            }
        }
        self.wakeup = self.answer(now, answers);
        if self.endpoint.ended().is_some() && !self.endpoint.has_frames() {
            self.say_goodbye(answers);
        }
    }

    fn take_batch(&mut self, batch: Batch, resend: bool, now: Duration) -> Result<(), EndReason> {
        self.sending.acknowledge(batch.acknowledged)?;
        if resend {
            self.sending.send_again();
        }
        for batch in self.receiving.receive(batch.sequence, batch.frames, now)? {
            for frame in frames(&batch) {
                let frame = frame.map_err(|error| EndReason::Protocol {
                    what: error.to_string(),
                })?;
                self.endpoint.receive(&frame);
            }
        }
        Ok(())
    }

    fn answer(&mut self, now: Duration, answers: &mut Answers) -> Option<Duration> {
        let mut wakeup = None;
        if self.endpoint.ended().is_none() {
            match self.receiving.overdue(now, GAP) {
                Some(reason) => self.endpoint.give_up(reason),
                None => wakeup = self.receiving.gap_since().map(|since| since + GAP),
            }
        }
        self.mind_the_silence(now);
        loop {
            let again = if self.parked.is_empty() {
                None
            } else {
                self.sending.next_again()
            };
            let batch = again.or_else(|| {
                let budget = if self.parked.is_empty() {
                    None
                } else {
                    Some(self.sending.room().min(MAX_BATCH)).filter(|room| *room > 0)
                };
                let out = self.endpoint.poll(budget);
                wakeup = [wakeup, out.next_wakeup].into_iter().flatten().min();
                (!out.frames.is_empty()).then(|| self.sending.push(Bytes::from(out.frames)))
            });
            let may_wait = self.parked.len() <= PARKED && self.unacknowledged < ACKNOWLEDGE;
            if batch.is_none() && (may_wait || self.endpoint.ended().is_some()) {
                let silence = self.mind_the_silence(now);
                return [wakeup, silence].into_iter().flatten().min();
            }
            let Some(token) = self.parked.pop_front() else {
                return wakeup;
            };
            self.unacknowledged = 0;
            let batch = DownBatch::Batch(Batch {
                acknowledged: self.receiving.acknowledged(),
                ..batch.unwrap_or_default()
            });
            answers.push((token, batch.to_bytes()));
        }
    }

    fn mind_the_silence(&mut self, now: Duration) -> Option<Duration> {
        if self.parked.is_empty() {
            return None;
        }
        self.sending.mind_the_silence(now, REPEAT)
    }

    fn say_goodbye(&mut self, answers: &mut Answers) {
        self.has_stopped = true;
        let late = self.inbox.drain(..).map(|(_, token)| token);
        for token in self.parked.drain(..).chain(late) {
            answers.push((token, ended(&self.endpoint)));
        }
    }

    /// The window shows another page, or none.
    pub(crate) fn end(mut self, answers: &mut Answers) {
        self.endpoint.abandon(EndReason::PageGone);
        self.say_goodbye(answers);
    }

    /// Whether what is on the way is at most so much more than the window.
    pub(crate) fn is_within_window(&self, beyond: usize) -> bool {
        self.sending.unacknowledged_bytes() <= WINDOW + beyond
    }
}

fn ended(endpoint: &Endpoint) -> Vec<u8> {
    let words = endpoint
        .ended()
        .map_or_else(|| "the session ended".to_owned(), |why| why.to_string());
    DownBatch::Ended(words).to_bytes()
}
