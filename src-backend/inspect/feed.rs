//! A bounded queue between the sessions and whoever reads what happens in them.
//!
//! Sessions put in without waiting; what finds no room is counted, and the count stands where it
//! is missing. The bounds are a number of happenings and the bytes of their payloads.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use tokio::sync::mpsc;
use twinbridge_common::{
    interfaces::inspector::{EncodedPayload, Half, Happening, LogLine, What},
    ipc::{BackendSocket, Origin, Watch, Watched},
    wire::{Frame, Payload, Stamps},
};

use super::happening::{of_frame, payload_of};
use crate::log;

/// What a feed is to have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    /// Happenings that may wait.
    pub(crate) waiting: usize,
    /// Bytes of their payloads. One that is larger waits alone.
    pub(crate) waiting_bytes: usize,
    /// Whether payloads are in it, and up to which length each.
    pub(crate) payloads: Option<usize>,
    /// Whose lines of the log are in it.
    pub(crate) lines: Lines,
}

/// Lines of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lines {
    /// None.
    None,
    /// Those of one session.
    Of(u64),
    /// All.
    All,
}

/// What happens, to be read. Dropping it ends the watching.
pub(crate) struct Feed {
    queue: mpsc::Receiver<Queued>,
    inlet: Arc<Inlet>,
    _watch: Option<Watch>,
    _lines: Option<log::LineWatch>,
}

struct Queued {
    happening: Happening,
    payload: Option<Payload>,
}

struct Inlet {
    queue: mpsc::Sender<Queued>,
    wanted: Wanted,
    /// Bytes of payloads in the queue.
    bytes: AtomicUsize,
    dropped: AtomicU64,
    /// The stamps that came for the reply that follows at once, by session.
    stamps: Mutex<HashMap<u64, (u32, Stamps)>>,
    clock: Clock,
    is_over: AtomicBool,
}

/// What wakes a reader at the end. Nothing that happens looks like it.
const END: What = What::Dropped { count: 0 };

/// Microseconds since 1970 that never go back.
#[derive(Clone, Copy, Debug)]
struct Clock {
    began_us: u64,
    began: Instant,
}

impl Clock {
    fn new() -> Self {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
        Self {
            began_us: since_1970.map_or(0, |time| time.as_micros() as u64),
            began: Instant::now(),
        }
    }

    fn now_us(self) -> u64 {
        self.began_us + self.began.elapsed().as_micros() as u64
    }
}

impl Feed {
    /// Watches the traffic of all sessions of `socket`, and the log as far as it is wanted.
    pub(crate) fn of_traffic(socket: &BackendSocket, wanted: Wanted) -> Self {
        let mut feed = Self::of_lines(wanted);
        let inlet = Arc::clone(&feed.inlet);
        feed._watch = Some(socket.watch(move |origin, what| inlet.watched(origin, what)));
        feed
    }

    /// Watches the log alone.
    pub(crate) fn of_lines(wanted: Wanted) -> Self {
        let (sender, queue) = mpsc::channel(wanted.waiting);
        let inlet = Arc::new(Inlet {
            queue: sender,
            wanted,
            bytes: AtomicUsize::new(0),
            dropped: AtomicU64::new(0),
            stamps: Mutex::default(),
            clock: Clock::new(),
            is_over: AtomicBool::new(false),
        });
        let lines = Arc::clone(&inlet);
        let watch = (wanted.lines != Lines::None)
            .then(|| log::watch_lines(move |session, line| lines.line(session, line)));
        Self {
            queue,
            inlet,
            _watch: None,
            _lines: watch,
        }
    }

    /// When it began, in microseconds since 1970.
    pub(crate) fn began_us(&self) -> u64 {
        self.inlet.clock.began_us
    }

    /// The next happening; waits for it.
    pub(crate) async fn next(&mut self) -> Option<Happening> {
        let queued = self.queue.recv().await;
        queued.map(|queued| self.taken(queued))
    }

    /// The next happening; blocks the thread until it is there. `None` once the feed was ended
    /// and all that came before it is read.
    pub(crate) fn next_blocking(&mut self) -> Option<Happening> {
        loop {
            let queued = match self.queue.try_recv() {
                Ok(queued) => queued,
                // What ends the feed finds room in an empty queue, and with that wakes this.
                Err(_) if self.inlet.is_over.load(Ordering::Acquire) => return None,
                Err(_) => self.queue.blocking_recv()?,
            };
            let happening = self.taken(queued);
            if happening.what != END {
                return Some(happening);
            }
        }
    }

    /// The next happening, if there is one.
    pub(crate) fn try_next(&mut self) -> Option<Happening> {
        let queued = self.queue.try_recv().ok();
        queued.map(|queued| self.taken(queued))
    }

    /// Whether nothing waits to be read.
    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Says how many happenings found no room and are in no count that was read.
    pub(crate) fn missing_now(&self) -> Option<Happening> {
        let count = self.inlet.dropped.swap(0, Ordering::Relaxed);
        (count > 0).then(|| self.inlet.happening(0, What::Dropped { count }))
    }

    /// Ends the feed for a reader that blocks, when it is called.
    pub(crate) fn ender(&self) -> impl Fn() + Send + Sync + use<> {
        let inlet = Arc::clone(&self.inlet);
        move || {
            inlet.is_over.store(true, Ordering::Release);
            // Without room for it the reader is not blocked.
            let _ = inlet.offer(inlet.happening(0, END), None);
        }
    }

    fn taken(&self, Queued { happening, payload }: Queued) -> Happening {
        let mut happening = happening;
        if let Some(payload) = payload {
            self.inlet.bytes.fetch_sub(payload.len(), Ordering::Relaxed);
            if let Some(place) = payload_of(&mut happening.what) {
                *place = Some(EncodedPayload::from(&payload));
            }
        }
        happening
    }
}

impl Inlet {
    fn watched(&self, origin: &Origin, what: Watched<'_>) {
        let session = origin.session;
        let (by, frame) = match what {
            Watched::Received(frame) => (Half::Page, frame),
            Watched::Sent(frame) => (Half::Backend, frame),
            Watched::Ended(reason) => {
                self.stamps_lock().remove(&session);
                let reason = reason.to_string();
                return self.put(session, What::Ended { reason }, None);
            }
            _ => return,
        };
        let stamps = match frame {
            Frame::Hello(_) => {
                let window = origin.window.to_string();
                return self.put(session, What::Began { window }, None);
            }
            Frame::Stamps { call, stamps } => {
                self.stamps_lock().insert(session, (*call, *stamps));
                return;
            }
            Frame::Reply(reply) => {
                let stamps = self.stamps_lock().remove(&session);
                stamps
                    .filter(|(call, _)| *call == reply.call)
                    .map(|(_, stamps)| stamps)
            }
            _ => None,
        };
        let with_payloads = self
            .wanted
            .payloads
            .is_some_and(|longest| frame.payload_len() <= longest);
        if let Some((what, payload)) = of_frame(by, frame, stamps, with_payloads) {
            self.put(session, what, payload);
        }
    }

    fn line(&self, session: u64, line: LogLine) {
        if matches!(self.wanted.lines, Lines::Of(own) if own != session) {
            return;
        }
        self.put(session, What::Log(line), None);
    }

    fn put(&self, session: u64, what: What, payload: Option<Payload>) {
        let len = payload.as_ref().map_or(0, Payload::len);
        let before = self.bytes.fetch_add(len, Ordering::Relaxed);
        if before > 0 && before + len > self.wanted.waiting_bytes {
            self.bytes.fetch_sub(len, Ordering::Relaxed);
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        // The place of what is missing, as soon as there is room to say so.
        let missing = self.dropped.swap(0, Ordering::Relaxed);
        if missing > 0 {
            let happening = self.happening(0, What::Dropped { count: missing });
            if self.offer(happening, None).is_err() {
                self.dropped.fetch_add(missing, Ordering::Relaxed);
            }
        }
        let happening = self.happening(session, what);
        if self.offer(happening, payload).is_err() {
            self.bytes.fetch_sub(len, Ordering::Relaxed);
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn offer(&self, happening: Happening, payload: Option<Payload>) -> Result<(), ()> {
        let queued = Queued { happening, payload };
        self.queue.try_send(queued).map_err(drop)
    }

    fn happening(&self, session: u64, what: What) -> Happening {
        Happening {
            at_us: self.clock.now_us(),
            session,
            what,
        }
    }

    /// The map holds no invariant that a panic between two statements could break.
    fn stamps_lock(&self) -> std::sync::MutexGuard<'_, HashMap<u64, (u32, Stamps)>> {
        self.stamps.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
