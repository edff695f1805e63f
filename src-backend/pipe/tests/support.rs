//! A backend behind a bridge, a page that posts what it likes, and a page that is honest.

use std::{
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use tokio::{
    runtime::Handle,
    sync::{Notify, oneshot},
};
use twinbridge_common::{
    Bytes,
    ipc::{
        BackendIpc, BackendSocket, EndReason, Endpoint, HandlerGuard, Shell, Task,
        in_process::Executor as _,
        reliable::{Receiving, Sending},
    },
    ipc_interface,
    wire::{
        Batch, DownBatch, Frame, Hello, HelloBody, Limits, PROTOCOL, UpBatch, frames, push_frame,
    },
};

use crate::{Bridge, PostRefused, TokioExecutor};

/// What the pages call.
#[ipc_interface(channel = "work", version = "1.0.0")]
pub(super) trait Work {
    /// The sum.
    async fn add(&self, left: u32, right: u32) -> u32;
    /// The same again.
    async fn echo(&self, data: Bytes) -> Bytes;
    /// Is never done.
    async fn never(&self);
}

#[derive(Debug, Default)]
pub(super) struct Worker {
    pub(super) begun: Arc<AtomicUsize>,
    pub(super) running: Arc<AtomicUsize>,
}

struct Running(Arc<AtomicUsize>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Work for Worker {
    async fn add(&self, left: u32, right: u32) -> u32 {
        self.begun.fetch_add(1, Ordering::Relaxed);
        left + right
    }

    async fn echo(&self, data: Bytes) -> Bytes {
        self.begun.fetch_add(1, Ordering::Relaxed);
        data
    }

    async fn never(&self) {
        self.running.fetch_add(1, Ordering::Relaxed);
        let _running = Running(Arc::clone(&self.running));
        std::future::pending().await
    }
}

pub(super) const KEY: [u8; 16] = [7; 16];

/// A backend behind a bridge, and what it logs.
pub(super) struct Fixture {
    pub(super) bridge: Arc<Bridge>,
    pub(super) socket: BackendSocket,
    pub(super) worker: Arc<Worker>,
    pub(super) log: Log,
    _guard: HandlerGuard,
}

impl Fixture {
    pub(super) fn new() -> Self {
        let log = Log::capture();
        let socket = BackendSocket::default();
        let worker = Arc::new(Worker::default());
        let guard = BackendIpc::startup(socket.clone())
            .handle(WorkServer(Arc::clone(&worker)))
            .unwrap();
        let executor = TokioExecutor::new(Handle::current());
        let bridge = Bridge::new(socket.clone(), executor, KEY, |_| None);
        Self {
            bridge: Arc::new(bridge),
            socket,
            worker,
            log,
            _guard: guard,
        }
    }

    pub(super) fn tab(&self, window: &'static str, nonce: u8) -> Tab {
        Tab {
            bridge: Arc::clone(&self.bridge),
            window,
            nonce: [nonce; 16],
        }
    }

    /// Why the session that is open in this window ends, when it does.
    pub(super) fn reason(&self, window: &str) -> Arc<Mutex<Option<EndReason>>> {
        use twinbridge_common::ipc::IpcSocketBackend as _;
        let sessions = self.socket.sessions();
        let session = sessions
            .iter()
            .find(|session| &*session.origin().window == window);
        let reason = Arc::new(Mutex::new(None));
        let told = Arc::clone(&reason);
        session
            .unwrap()
            .on_end(move |reason| *told.lock().unwrap() = Some(reason.clone()));
        reason
    }

    pub(super) fn begun(&self) -> usize {
        self.worker.begun.load(Ordering::Relaxed)
    }

    pub(super) fn running(&self) -> usize {
        self.worker.running.load(Ordering::Relaxed)
    }

    /// A page of another window opens a session, and gets what it asks for.
    pub(super) async fn others_are_undisturbed(&self) {
        let other = self.tab("another", 99);
        other.greet().await;
        let answer = other.post(2, 1, &[add(1)]).await;
        let (_, frames) = answer.batch().await;
        assert!(matches!(frames[..], [Frame::Reply(_)]), "{frames:?}");
    }
}

/// A page that posts what it likes.
pub(super) struct Tab {
    bridge: Arc<Bridge>,
    window: &'static str,
    nonce: [u8; 16],
}

impl Tab {
    pub(super) fn up(&self, sequence: u64, acknowledged: u64, frames: &[Frame]) -> UpBatch {
        UpBatch {
            key: KEY,
            page: self.nonce,
            resend: false,
            batch: Batch {
                sequence,
                acknowledged,
                frames: packed(frames),
            },
        }
    }

    pub(super) fn send(&self, up: &UpBatch) -> Result<Posted, PostRefused> {
        post(&self.bridge, self.window, up)
    }

    /// Posts a batch, and lets the bridge do what it does with it.
    pub(super) async fn post(&self, sequence: u64, acknowledged: u64, frames: &[Frame]) -> Posted {
        let posted = self.send(&self.up(sequence, acknowledged, frames)).unwrap();
        settle().await;
        posted
    }

    /// Greets in batch 1, and is welcomed in batch 1.
    pub(super) async fn greet(&self) {
        let (batch, frames) = self.post(1, 0, &[hello()]).await.batch().await;
        assert_eq!((batch.sequence, batch.acknowledged), (1, 1));
        assert!(matches!(frames[..], [Frame::Welcome(_)]), "{frames:?}");
    }
}

/// Everything that is ready happens; no time passes.
pub(super) async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

/// The answer to a post, which may come later.
#[derive(Debug)]
pub(super) struct Posted(oneshot::Receiver<Vec<u8>>);

impl Posted {
    pub(super) async fn answer(self) -> DownBatch {
        let answer = tokio::time::timeout(Duration::from_secs(3600), self.0).await;
        let body = answer.expect("the post was never answered").unwrap();
        DownBatch::read(&Bytes::from(body)).unwrap()
    }

    /// The batch that came, and its frames.
    pub(super) async fn batch(self) -> (Batch, Vec<Frame>) {
        match self.answer().await {
            DownBatch::Batch(batch) => {
                let frames = frames(&batch.frames)
                    .map(|frame| Frame::read(&frame.unwrap()).unwrap())
                    .collect();
                (batch, frames)
            }
            DownBatch::Ended(text) => panic!("the session ended: {text}"),
        }
    }

    /// The words with which the session ended.
    pub(super) async fn ended(self) -> String {
        match self.answer().await {
            DownBatch::Ended(text) => text,
            DownBatch::Batch(batch) => panic!("a batch came: {batch:?}"),
        }
    }

    pub(super) fn is_open(&mut self) -> bool {
        self.0.try_recv() == Err(oneshot::error::TryRecvError::Empty)
    }
}

fn post(bridge: &Bridge, window: &str, up: &UpBatch) -> Result<Posted, PostRefused> {
    let (answer, answered) = oneshot::channel();
    let mut body = up.header().to_vec();
    body.extend_from_slice(&up.batch.frames);
    bridge.exchange(window, body, move |body| {
        // The page may have gone in this moment.
        let _ = answer.send(body);
    })?;
    Ok(Posted(answered))
}

pub(super) fn packed(frames: &[Frame]) -> Bytes {
    let mut out = Vec::new();
    for frame in frames {
        push_frame(&mut out, |out| frame.write(out));
    }
    Bytes::from(out)
}

pub(super) fn hello() -> Frame {
    Frame::Hello(Hello {
        protocol: PROTOCOL,
        body: HelloBody::default(),
    })
}

pub(super) fn call(number: u32, method: &str, arguments: &impl serde::Serialize) -> Frame {
    use twinbridge_common::wire::{Codec, Metadata, Payload, Request};
    Frame::Request(Request {
        call: number,
        deadline_ms: 0,
        channel: "work".parse().unwrap(),
        method: method.parse().unwrap(),
        metadata: Metadata::default(),
        arguments: Payload::encode(Codec::MessagePack, arguments).unwrap(),
    })
}

pub(super) fn add(number: u32) -> Frame {
    call(number, "add", &(1, 2))
}

/// What happens to one post of an honest page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Arrives,
    /// The post does not reach the host.
    IsLost,
    /// The post arrives and its answer does not.
    AnswerIsLost,
    /// The post arrives after those that follow it.
    IsLate,
}

/// Chooses the fate of each post.
pub(super) type Carrier = Box<dyn FnMut() -> Fate + Send>;

/// Posts that may be open at once, as in the page's own code.
const MAX_OPEN: usize = 6;

/// The pump of an honest page, as the frontend has it in the browser.
struct Honest {
    bridge: Arc<Bridge>,
    nonce: [u8; 16],
    endpoint: Endpoint,
    wanted: Arc<Notify>,
    sending: Sending,
    receiving: Receiving,
    resend: bool,
    /// Bytes taken in since a post last told the host how far.
    unacknowledged: usize,
    carrier: Carrier,
}

#[derive(Debug)]
struct HonestShell {
    executor: TokioExecutor,
    wanted: Arc<Notify>,
}

impl Shell for HonestShell {
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

/// The end of an honest page whose posts travel over `carrier`.
pub(super) fn honest(fixture: &Fixture, carrier: Carrier) -> Endpoint {
    let wanted = Arc::new(Notify::new());
    let shell = HonestShell {
        executor: TokioExecutor::new(Handle::current()),
        wanted: Arc::clone(&wanted),
    };
    let endpoint = Endpoint::frontend(Arc::new(shell), Limits::default());
    let pump = Honest {
        bridge: Arc::clone(&fixture.bridge),
        nonce: [42; 16],
        endpoint: endpoint.clone(),
        wanted,
        sending: Sending::new(4 * 1024 * 1024),
        receiving: Receiving::default(),
        resend: false,
        unacknowledged: 0,
        carrier,
    };
    tokio::spawn(pump.run());
    endpoint
}

impl Honest {
    async fn run(mut self) {
        while !self.endpoint.has_frames() {
            self.wanted.notified().await;
        }
        let mut open = FuturesUnordered::new();
        let mut late = Vec::new();
        loop {
            while open.len() < MAX_OPEN
                && let Some(up) = self.next_post(open.is_empty())
            {
                let (fate, bridge) = ((self.carrier)(), Arc::clone(&self.bridge));
                if fate == Fate::IsLate {
                    late.push(up);
                    // The page waits for its answer like for any other.
                    open.push(tokio::spawn(async { None }));
                    continue;
                }
                open.push(deliver(&bridge, &up, fate));
                for up in late.drain(..) {
                    open.push(deliver(&bridge, &up, Fate::Arrives));
                }
            }
            if self.endpoint.ended().is_some() && !self.endpoint.has_frames() {
                return;
            }
            tokio::select! {
                Some(answer) = open.next() => match answer.unwrap() {
                    Some(answer) => self.take(answer),
                    None => {
                        self.resend = true;
                        self.sending.send_again();
                    }
                },
                () = self.wanted.notified() => {}
            }
        }
    }

    fn next_post(&mut self, is_idle: bool) -> Option<UpBatch> {
        let batch = self.sending.next_again().or_else(|| {
            let room = Some(self.sending.room().min(1024 * 1024)).filter(|room| *room > 0);
            let out = self.endpoint.poll(room);
            (!out.frames.is_empty()).then(|| self.sending.push(Bytes::from(out.frames)))
        });
        let owes = self.unacknowledged >= 1024 * 1024;
        let must_post = self.resend || ((is_idle || owes) && self.endpoint.ended().is_none());
        let batch = batch.or_else(|| must_post.then(Batch::default))?;
        self.unacknowledged = 0;
        Some(UpBatch {
            key: KEY,
            page: self.nonce,
            resend: std::mem::take(&mut self.resend),
            batch: Batch {
                acknowledged: self.receiving.acknowledged(),
                ..batch
            },
        })
    }

    fn take(&mut self, answer: DownBatch) {
        let batch = match answer {
            DownBatch::Batch(batch) => batch,
            DownBatch::Ended(what) => return self.endpoint.abandon(EndReason::Pipe { what }),
        };
        self.sending.acknowledge(batch.acknowledged).unwrap();
        self.unacknowledged += batch.frames.len();
        let now = TokioExecutor::new(Handle::current()).now();
        let ready = self
            .receiving
            .receive(batch.sequence, batch.frames, now)
            .unwrap();
        for frame in ready.iter().flat_map(frames) {
            self.endpoint.receive(&frame.unwrap());
        }
    }
}

/// The answer to a post; `None` where the post or the answer was lost.
fn deliver(
    bridge: &Bridge,
    up: &UpBatch,
    fate: Fate,
) -> tokio::task::JoinHandle<Option<DownBatch>> {
    let posted = (fate != Fate::IsLost).then(|| post(bridge, "main", up).unwrap());
    tokio::spawn(async move {
        let answer = match posted {
            Some(posted) => posted.answer().await,
            None => return None,
        };
        (fate == Fate::Arrives).then_some(answer)
    })
}

/// Warnings and errors that this thread logs while it lives.
pub(super) struct Log {
    text: Buffer,
    _guard: tracing::subscriber::DefaultGuard,
}

#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl io::Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn capture() -> Self {
        let text = Buffer::default();
        let writer = text.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::WARN)
            .with_ansi(false)
            .with_target(false)
            .with_level(false)
            .without_time()
            .with_writer(move || writer.clone())
            .finish();
        Self {
            text,
            _guard: tracing::subscriber::set_default(subscriber),
        }
    }

    /// Takes the lines, without the numbers of sessions.
    pub(super) fn lines(&self) -> Vec<String> {
        let bytes = std::mem::take(&mut *self.text.0.lock().unwrap());
        let text = String::from_utf8(bytes).unwrap();
        let number = |word: &&str| !word.starts_with("session=");
        text.lines()
            .map(|line| {
                let words: Vec<_> = line.trim().split(' ').filter(number).collect();
                words.join(" ")
            })
            .collect()
    }
}

/// What a session's listener is told of its end, as soon as it is: on a thread of the session's.
pub(super) async fn told(reason: &Mutex<Option<EndReason>>) -> String {
    let began = std::time::Instant::now();
    loop {
        if let Some(reason) = &*reason.lock().unwrap() {
            return reason.to_string();
        }
        assert!(
            began.elapsed() < Duration::from_secs(30),
            "nobody was told of the end"
        );
        tokio::task::yield_now().await;
    }
}
