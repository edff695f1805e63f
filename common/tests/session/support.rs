//! What all tests of sessions use: a contract, a client that is not honest, and a log that counts.

use std::{
    collections::HashMap,
    fmt::{self, Write as _},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_channel::oneshot;
use futures_util::FutureExt as _;
use tracing::{Event, Level, Metadata, Subscriber, field::Field, span, subscriber::DefaultGuard};
use twinbridge_common::{
    Bytes, CallError, FrontendIpc,
    ipc::{
        Answer, BackendError, BackendOptions, BackendSocket, Call, Declared, Endpoint,
        HandlerGuard, Invocation, IpcHandler, Shell, Task,
        in_process::{self, Executor, Pair},
    },
    ipc_interface,
    wire::{
        ChannelName, Codec, Ending, Frame, Hello, HelloBody, Limits, MethodName, PROTOCOL, Payload,
        Request, Value, frames,
    },
};

/// What the tests call.
#[ipc_interface(channel = "work", version = "1.0.0")]
pub(crate) trait Work {
    /// The sum.
    async fn add(&self, left: u32, right: u32) -> u32;
    /// The same again.
    async fn echo(&self, data: Bytes) -> Bytes;
    /// The same again, whatever it is.
    async fn any(&self, value: Value) -> Value;
    /// Waits until the test opens this gate.
    async fn gate(&self, number: u32) -> u32;
    /// Is never done.
    async fn never(&self);
    /// Is never done, and has a deadline.
    #[deadline(ms = 500)]
    async fn never_in_time(&self);
    /// Panics.
    async fn panic(&self);
    /// Panics where blocking harms nobody.
    #[blocking]
    fn panic_in_pool(&self);
    /// Gives this many bytes.
    async fn bytes(&self, len: u32) -> Bytes;
}

/// Does the work, and remembers what it began.
#[derive(Debug, Default)]
pub(crate) struct Worker {
    /// Calls of `gate` and `never` that began and are not over.
    running: Arc<AtomicUsize>,
    pub(crate) begun: AtomicUsize,
    gates: Mutex<HashMap<u32, oneshot::Sender<()>>>,
}

impl Worker {
    pub(crate) fn running(&self) -> usize {
        self.running.load(Ordering::Relaxed)
    }

    pub(crate) fn open(&self, gate: u32) {
        self.gates
            .lock()
            .unwrap()
            .remove(&gate)
            .unwrap()
            .send(())
            .unwrap();
    }

    fn begin(&self) -> Running {
        self.begun.fetch_add(1, Ordering::Relaxed);
        self.running.fetch_add(1, Ordering::Relaxed);
        Running(Arc::clone(&self.running))
    }
}

struct Running(Arc<AtomicUsize>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Work for Worker {
    async fn add(&self, left: u32, right: u32) -> u32 {
        left + right
    }

    async fn echo(&self, data: Bytes) -> Bytes {
        self.begun.fetch_add(1, Ordering::Relaxed);
        data
    }

    async fn any(&self, value: Value) -> Value {
        value
    }

    async fn gate(&self, number: u32) -> u32 {
        let _running = self.begin();
        let (open, wait) = oneshot::channel();
        self.gates.lock().unwrap().insert(number, open);
        wait.await.unwrap();
        number
    }

    async fn never(&self) {
        let _running = self.begin();
        std::future::pending().await
    }

    async fn never_in_time(&self) {
        self.never().await;
    }

    async fn panic(&self) {
        panic!("as it was told to");
    }

    fn panic_in_pool(&self) {
        panic!("as it was told to, on the pool");
    }

    async fn bytes(&self, len: u32) -> Bytes {
        Bytes::from(vec![7; len as usize])
    }
}

/// A backend with a worker and one honest page, which must never notice anything.
pub(crate) struct Bench {
    pub(crate) pair: Pair,
    pub(crate) worker: Arc<Worker>,
    pub(crate) other: FrontendIpc,
    pub(crate) log: Log,
    _guard: HandlerGuard,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with(Limits::default())
    }

    pub(crate) fn with(limits: Limits) -> Self {
        let log = Log::capture();
        let options = BackendOptions::default().limits(limits);
        let pair = in_process::pair_with(BackendSocket::new(options));
        let worker = Arc::new(Worker::default());
        let server = WorkServer(Arc::clone(&worker));
        let guard = pair.backend().handle(server).unwrap();
        let other = start(&pair, "other");
        Self {
            pair,
            worker,
            other,
            log,
            _guard: guard,
        }
    }

    /// One more honest page.
    pub(crate) fn page(&self) -> FrontendIpc {
        start(&self.pair, "main")
    }

    /// The honest page still gets what it asks for.
    pub(crate) fn others_are_undisturbed(&self) {
        let work: WorkClient = self.other.client().unwrap();
        assert_eq!(self.pair.run(work.add(1, 2)).unwrap(), 3);
    }

    /// What was logged as a warning or an error, and nothing else was; and that no other session
    /// noticed.
    pub(crate) fn is_logged_once(&self, line: &str) {
        assert_eq!(self.log.problems(), [line]);
        self.others_are_undisturbed();
    }
}

fn start(pair: &Pair, window: &str) -> FrontendIpc {
    let declared = Declared::default().interface::<WorkInterface>();
    pair.run(FrontendIpc::startup(pair.connect(window), declared))
        .unwrap()
}

/// A call by name.
pub(crate) fn by_name<T: serde::de::DeserializeOwned>(
    page: &FrontendIpc,
    channel: &str,
    method: &str,
    arguments: &(impl serde::Serialize + ?Sized),
) -> Call<T, BackendError> {
    let (channel, method) = (channel.parse().unwrap(), method.parse().unwrap());
    page.call_backend(channel, method, arguments).unwrap()
}

/// The words of a call's failure.
pub(crate) fn words<T: fmt::Debug, E: fmt::Display>(result: Result<T, CallError<E>>) -> String {
    match result {
        Err(CallError::App(error)) => error.to_string(),
        Err(CallError::Refused(refusal)) => refusal.to_string(),
        Err(CallError::Backend(error)) => error.to_string(),
        Err(CallError::Pipe(error)) => error.to_string(),
        Err(CallError::Codec(error)) => error.to_string(),
        Ok(value) => panic!("the call gave {value:?}"),
    }
}

/// Polls a call once: it is sent, and not done.
pub(crate) fn send<T, E>(call: &mut Call<T, E>)
where
    T: serde::de::DeserializeOwned,
    E: serde::de::DeserializeOwned,
{
    assert!(call.now_or_never().is_none(), "it is done already");
}

/// A page that sends frames as it likes.
pub(crate) struct Raw {
    pub(crate) endpoint: Endpoint,
    executor: Arc<dyn Executor>,
}

#[derive(Debug)]
struct RawShell(Arc<dyn Executor>);

impl Shell for RawShell {
    fn spawn(&self, task: Task) {
        self.0.spawn(task);
    }

    fn spawn_blocking(&self, work: Box<dyn FnOnce() + Send>) {
        self.0.spawn_blocking(work);
    }

    fn now(&self) -> Duration {
        self.0.now()
    }

    fn wake(&self) {}
}

impl Raw {
    /// A page that has said nothing.
    pub(crate) fn connect(pair: &Pair) -> Self {
        let executor = pair.executor();
        let shell = Arc::new(RawShell(Arc::clone(&executor)));
        let socket = pair.backend().socket().unwrap();
        Self {
            endpoint: socket.connect("raw", shell, None),
            executor,
        }
    }

    /// A page that was welcomed.
    pub(crate) fn greeted(pair: &Pair) -> Self {
        let raw = Self::connect(pair);
        raw.send(&hello(PROTOCOL));
        let frames = raw.frames(pair);
        assert!(matches!(frames[..], [Frame::Welcome(_)]), "{frames:?}");
        raw
    }

    pub(crate) fn send(&self, frame: &Frame) {
        self.send_bytes(frame.to_bytes());
    }

    pub(crate) fn send_bytes(&self, bytes: impl Into<Bytes>) {
        self.endpoint.receive(&bytes.into());
    }

    /// What the backend has to say when everything that can happen has happened.
    pub(crate) fn frames(&self, pair: &Pair) -> Vec<Frame> {
        pair.settle();
        self.some_frames(usize::MAX)
    }

    /// About `budget` bytes of what the backend has to say.
    pub(crate) fn some_frames(&self, budget: usize) -> Vec<Frame> {
        let bytes = Bytes::from(self.endpoint.poll(Some(budget)).frames);
        frames(&bytes)
            .map(|frame| Frame::read(&frame.unwrap()).unwrap())
            .collect()
    }

    /// Lets time pass.
    pub(crate) fn wait(&self, pair: &Pair, time: Duration) {
        pair.run(self.executor.sleep_until(self.executor.now() + time));
    }

    /// The words of the refusal of this one call.
    pub(crate) fn refusal(&self, pair: &Pair, frame: &Frame) -> String {
        self.send(frame);
        match &self.frames(pair)[..] {
            [Frame::Reply(reply)] => match &reply.ending {
                Ending::Refused { text, .. } => text.to_string(),
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    }

    /// The session is over, and the peer was told these words.
    pub(crate) fn was_ended(&self, pair: &Pair, what: &str) {
        let reason = self.endpoint.ended().unwrap().to_string();
        assert_eq!(reason, format!("the peer broke the protocol: {what}"));
        match &self.frames(pair)[..] {
            [Frame::Bye(bye)] => assert_eq!(&*bye.text, what),
            other => panic!("{other:?}"),
        }
        let socket = pair.backend().socket().unwrap();
        assert!(!format!("{socket:?}").contains("raw"));
    }
}

pub(crate) fn hello(protocol: u16) -> Frame {
    Frame::Hello(Hello {
        protocol,
        body: HelloBody::default(),
    })
}

pub(crate) fn request(call: u32, channel: &str, method: &str, arguments: Payload) -> Frame {
    Frame::Request(Request {
        call,
        deadline_ms: 0,
        channel: channel.parse().unwrap(),
        method: method.parse().unwrap(),
        metadata: twinbridge_common::wire::Metadata::default(),
        arguments,
    })
}

pub(crate) fn arguments(values: &(impl serde::Serialize + ?Sized)) -> Payload {
    Payload::encode(Codec::MessagePack, values).unwrap()
}

/// No arguments: an empty array, where `()` would be null.
pub(crate) const NOTHING: [u8; 0] = [];

/// A page and the backend's end of its session, with a pipe between them that is moved by hand.
pub(crate) struct Link {
    pub(crate) page: Endpoint,
    pub(crate) back: Raw,
}

impl Link {
    pub(crate) fn new(pair: &Pair) -> Self {
        let shell = Arc::new(RawShell(pair.executor()));
        Self {
            page: Endpoint::frontend(shell, Limits::default()),
            back: Raw::connect(pair),
        }
    }

    /// A link over which a page has started.
    pub(crate) fn started(pair: &Pair) -> (Self, FrontendIpc) {
        let link = Self::new(pair);
        let startup = FrontendIpc::startup(link.page.clone(), Declared::default());
        let mut startup = Box::pin(startup);
        assert!((&mut startup).now_or_never().is_none());
        link.up(usize::MAX);
        link.down(usize::MAX);
        let page = startup.now_or_never().unwrap().unwrap();
        (link, page)
    }

    /// Carries about `budget` bytes to the backend, and says what it was.
    pub(crate) fn up(&self, budget: usize) -> Vec<Frame> {
        carry(&self.page, &self.back.endpoint, budget)
    }

    /// Carries about `budget` bytes to the page, and says what it was.
    pub(crate) fn down(&self, budget: usize) -> Vec<Frame> {
        carry(&self.back.endpoint, &self.page, budget)
    }
}

fn carry(from: &Endpoint, to: &Endpoint, budget: usize) -> Vec<Frame> {
    let bytes = Bytes::from(from.poll(Some(budget)).frames);
    let carried = frames(&bytes).map(|frame| {
        let frame = frame.unwrap();
        to.receive(&frame);
        Frame::read(&frame).unwrap()
    });
    carried.collect()
}

/// A handler made of a function.
pub(crate) fn handler_fn(
    channel: &'static str,
    answer: impl Fn(Invocation) -> Answer + Send + Sync + 'static,
) -> Arc<dyn IpcHandler> {
    struct ByName<F>(&'static str, F);
    impl<F: Fn(Invocation) -> Answer + Send + Sync + 'static> IpcHandler for ByName<F> {
        fn channel_name(&self) -> ChannelName {
            self.0.parse().unwrap()
        }

        fn version(&self) -> &str {
            "0.1.0"
        }

        fn call(self: Arc<Self>, call: Invocation) -> Answer {
            (self.1)(call)
        }
    }
    Arc::new(ByName(channel, answer))
}

pub(crate) fn method(name: &str) -> MethodName {
    name.parse().unwrap()
}

/// Everything that this thread logs while it lives.
pub(crate) struct Log {
    lines: Arc<Mutex<Vec<(Level, String)>>>,
    _guard: DefaultGuard,
}

impl Log {
    pub(crate) fn capture() -> Self {
        let lines = Arc::default();
        let subscriber = Capture(Arc::clone(&lines));
        Self {
            lines,
            _guard: tracing::subscriber::set_default(subscriber),
        }
    }

    /// Takes the warnings and errors.
    pub(crate) fn problems(&self) -> Vec<String> {
        let lines = std::mem::take(&mut *self.lines.lock().unwrap());
        let problems = lines.into_iter().filter(|(level, _)| *level <= Level::WARN);
        problems.map(|(_, line)| line).collect()
    }
}

struct Capture(Arc<Mutex<Vec<(Level, String)>>>);

impl Subscriber for Capture {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line::default();
        event.record(&mut line);
        let level = *event.metadata().level();
        let text = format!("{}{}", line.message, line.fields);
        self.0.lock().unwrap().push((level, text));
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// The message of an event and its fields behind it, all but the session's number.
#[derive(Default)]
struct Line {
    message: String,
    fields: String,
}

impl tracing::field::Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "message" => write!(self.message, "{value:?}"),
            "session" => Ok(()),
            name => write!(self.fields, ", {name}: {value:?}"),
        }
        .unwrap();
    }
}
