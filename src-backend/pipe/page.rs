//! One page on the webview bridge: its session, and the pump that turns posts into frames.
//!
//! Posts wait here until there is something to answer, at most [`PARKED`] of them: one for the
//! next reply and one so that a push does not have to wait for the page to come back. The pump
//! is a task; it ends with the session.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::sync::{Notify, mpsc};
use tokio_util::task::task_tracker::TaskTrackerToken;
use twinbridge_common::{
    Bytes,
    ipc::{
        EndReason, Endpoint, PipeLoad, Shell, Task,
        in_process::Executor as _,
        reliable::{Receiving, Sending},
    },
    wire::{Batch, DownBatch, UpBatch, frames},
};

use super::{
    TokioExecutor,
    bridge::{Answer, Exchange},
};

/// Posts that are kept open for what comes.
const PARKED: usize = 2;

/// Bytes on the way to the page before it has acknowledged any.
const WINDOW: usize = 8 * 1024 * 1024;

/// About the largest answer to one post.
const MAX_BATCH: usize = 2 * 1024 * 1024;

/// Bytes from the page that may stay unacknowledged while a post waits; the page's own window is
/// four times that.
const ACKNOWLEDGE: usize = 1024 * 1024;

/// Bytes of posts that may wait for the pump. An honest page's window is far smaller.
const MAX_INBOX: usize = 64 * 1024 * 1024;

/// How long a missing batch is waited for.
const GAP: Duration = Duration::from_secs(10);

/// How long an acknowledgement is waited for before the oldest batch is sent again. The post that
/// it answered may have failed at the page, or have come twice, and then nobody heard it.
const REPEAT: Duration = Duration::from_secs(2);

/// A page that has opened a session.
pub(super) struct Page {
    endpoint: Endpoint,
    inbox: mpsc::UnboundedSender<Exchange>,
    waiting_bytes: Arc<AtomicUsize>,
}

impl Page {
    pub(super) fn open(
        executor: &TokioExecutor,
        connect: impl FnOnce(Arc<dyn Shell>) -> Endpoint,
    ) -> Self {
        let wanted = Arc::new(Notify::new());
        let shell = PageShell {
            executor: executor.clone(),
            wanted: Arc::clone(&wanted),
            _session: executor.sessions().token(),
        };
        let endpoint = connect(Arc::new(shell));
        // Bounded by the bytes in `post`; the channel itself only keeps the order.
        let (inbox, posts) = mpsc::unbounded_channel();
        let waiting_bytes = Arc::new(AtomicUsize::new(0));
        let pump = Pump {
            endpoint: endpoint.clone(),
            executor: executor.clone(),
            wanted,
            posts,
            waiting_bytes: Arc::clone(&waiting_bytes),
            parked: VecDeque::new(),
            sending: Sending::new(WINDOW),
            receiving: Receiving::default(),
            unacknowledged: 0,
            _page: executor.pages().token(),
        };
        executor.spawn(Box::pin(pump.run()));
        Self {
            endpoint,
            inbox,
            waiting_bytes,
        }
    }

    /// Hands a post to the pump. A post to a session that has ended is answered so.
    pub(super) fn post(&self, exchange: Exchange) {
        let len = exchange.batch.batch.frames.len();
        let waiting = self.waiting_bytes.fetch_add(len, Ordering::Relaxed) + len;
        if waiting > MAX_INBOX {
            let what =
                format!("{waiting} bytes of posts wait to be read, the limit is {MAX_INBOX}");
            self.endpoint.abandon(EndReason::Protocol { what });
        }
        if let Err(mpsc::error::SendError(late)) = self.inbox.send(exchange) {
            late.answer.send(&ended(&self.endpoint));
        }
    }

    pub(super) fn end(&self, reason: EndReason) {
        self.endpoint.abandon(reason);
    }
}

#[derive(Debug)]
struct PageShell {
    executor: TokioExecutor,
    wanted: Arc<Notify>,
    /// Every task of the session holds this shell.
    _session: TaskTrackerToken,
}

impl Shell for PageShell {
    fn spawn(&self, task: Task) {
        self.executor.spawn(task);
    }

    fn spawn_blocking(&self, work: Box<dyn FnOnce() + Send>) {
        self.executor.spawn_blocking(work);
    }

    fn now(&self) -> Duration {
        self.executor.now()
    }

    fn wake(&self) {
        self.wanted.notify_one();
    }
}

struct Pump {
    endpoint: Endpoint,
    executor: TokioExecutor,
    wanted: Arc<Notify>,
    posts: mpsc::UnboundedReceiver<Exchange>,
    waiting_bytes: Arc<AtomicUsize>,
    parked: VecDeque<Answer>,
    sending: Sending,
    receiving: Receiving,
    /// Bytes taken in since the page was last told how far.
    unacknowledged: usize,
    /// Until the goodbye is said.
    _page: TaskTrackerToken,
}

impl Pump {
    async fn run(mut self) {
        let ended = Arc::new(Notify::new());
        let at_end = Arc::clone(&ended);
        self.endpoint.on_end(move |_| at_end.notify_one());
        let mut wakeup = None;
        loop {
            let timer = async {
                match wakeup {
                    Some(at) => tokio::time::sleep_until(self.executor.instant(at)).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                post = self.posts.recv() => match post {
                    Some(post) => self.take(post),
                    // The window forgot this page; its session has ended with that.
                    None => break,
                },
                () = self.wanted.notified() => {}
                () = ended.notified() => {}
                () = timer => {}
            }
            while let Ok(post) = self.posts.try_recv() {
                self.take(post);
            }
            // Handlers that are ready at this moment get to reply in the same batch.
            tokio::task::yield_now().await;
            wakeup = self.turn();
            self.endpoint.set_pipe_load(PipeLoad {
                in_flight_bytes: self.sending.unacknowledged_bytes(),
                window_bytes: WINDOW,
            });
            if self.endpoint.ended().is_some() && !self.endpoint.has_frames() {
                break;
            }
        }
        self.say_goodbye();
    }

    fn take(
        &mut self,
        Exchange {
            batch: UpBatch { resend, batch, .. },
            answer,
        }: Exchange,
    ) {
        self.waiting_bytes
            .fetch_sub(batch.frames.len(), Ordering::Relaxed);
        if resend {
            self.release_parked();
        }
        self.parked.push_back(answer);
        self.unacknowledged += batch.frames.len();
        if let Err(reason) = self.take_batch(batch, resend) {
            self.endpoint.give_up(reason);
        }
    }

    /// Answers the posts that wait with nothing. One of the page's posts has failed, and any of
    /// these may be that one: what is said on it would be lost.
    fn release_parked(&mut self) {
        for answer in self.parked.drain(..) {
            answer.send(&DownBatch::Batch(Batch {
                acknowledged: self.receiving.acknowledged(),
                ..Batch::default()
            }));
        }
    }

    fn take_batch(&mut self, batch: Batch, resend: bool) -> Result<(), EndReason> {
        self.sending.acknowledge(batch.acknowledged)?;
        if resend {
            self.sending.send_again();
        }
        let now = self.executor.now();
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

    /// Answers posts with what is to be said; gives the time of the next look.
    fn turn(&mut self) -> Option<Duration> {
        let now = self.executor.now();
        let mut wakeup = None;
        // A session that has ended waits for no batch, only for a post that takes its goodbye.
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
            let batch = match again {
                Some(batch) => Some(batch),
                None => {
                    // With no post to answer, or the window full, deadlines are still looked at.
                    let budget = if self.parked.is_empty() {
                        None
                    } else {
                        Some(self.sending.room().min(MAX_BATCH)).filter(|room| *room > 0)
                    };
                    let out = self.endpoint.poll(budget);
                    wakeup = match (wakeup, out.next_wakeup) {
                        (Some(a), Some(b)) => Some(a.min(b)),
                        (a, b) => a.or(b),
                    };
                    (!out.frames.is_empty()).then(|| self.sending.push(Bytes::from(out.frames)))
                }
            };
            let may_wait = self.parked.len() <= PARKED && self.unacknowledged < ACKNOWLEDGE;
            if batch.is_none() && (may_wait || self.endpoint.ended().is_some()) {
                let silence = self.mind_the_silence(now);
                return [wakeup, silence].into_iter().flatten().min();
            }
            let Some(answer) = self.parked.pop_front() else {
                return wakeup;
            };
            let batch = batch.unwrap_or_default();
            self.unacknowledged = 0;
            answer.send(&DownBatch::Batch(Batch {
                acknowledged: self.receiving.acknowledged(),
                ..batch
            }));
        }
    }

    /// Sends the oldest batch again that nobody seems to have heard, where a post is there to
    /// answer with it; gives the time of the next look.
    fn mind_the_silence(&mut self, now: Duration) -> Option<Duration> {
        if self.parked.is_empty() {
            return None;
        }
        self.sending.mind_the_silence(now, REPEAT)
    }

    /// Answers what still waits, now and for what comes too late.
    fn say_goodbye(&mut self) {
        self.posts.close();
        while let Ok(post) = self.posts.try_recv() {
            self.parked.push_back(post.answer);
        }
        for answer in self.parked.drain(..) {
            answer.send(&ended(&self.endpoint));
        }
    }
}

/// Tells a page that its session is over, and why.
fn ended(endpoint: &Endpoint) -> DownBatch {
    DownBatch::Ended(endpoint.ended().map_or_else(
        || "the session ended".to_owned(),
        |reason| reason.to_string(),
    ))
}

/// A pump that stops for any other reason than the session's end takes the session with it.
impl Drop for Pump {
    fn drop(&mut self) {
        let what = "the pump stopped".to_owned();
        self.endpoint.abandon(EndReason::Pipe { what });
    }
}
