//! The pipe within one process: both halves in one program, for tests, documentation and apps
//! that run without a window.
//!
//! Frames are encoded and decoded as on any pipe, so what works here works there. [`pair`] comes
//! with an executor of its own and a clock that only moves when nothing else can happen;
//! [`connect`] runs on the executor of an app.
//!
//! ```
//! use twinbridge_common::ipc::in_process;
//!
//! let pair = in_process::pair();
//! let page = pair.connect("main");
//! pair.run(async {
//!     let frontend = twinbridge_common::FrontendIpc::startup(page, Default::default()).await?;
//!     assert!(frontend.is_valid());
//!     Ok::<(), twinbridge_common::ipc::StartupError>(())
//! })?;
//! # Ok::<(), twinbridge_common::ipc::StartupError>(())
//! ```

use std::{
    collections::{HashSet, VecDeque},
    fmt,
    future::Future,
    pin::pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use super::{
    BackendIpc, BackendSocket, EndReason, Endpoint, IpcHandler, Shell, Task, endpoint::WeakEndpoint,
};
use crate::wire::{Bytes, ChannelName, Limits, frames};

/// Bytes that one end hands to the other before the other may answer.
const TURN: usize = 1024 * 1024;

/// The executor and clock that an in-process pipe runs on.
#[cfg_attr(doc, doc = include_str!("../../examples/shell.md"))]
pub trait Executor: Send + Sync + fmt::Debug + 'static {
    /// Runs `task` to its end, soon, and not inside this call.
    fn spawn(&self, task: Task);

    /// Runs `work` where blocking harms nobody.
    fn spawn_blocking(&self, work: Box<dyn FnOnce() + Send>);

    /// Time since a fixed moment; never goes back.
    fn now(&self) -> Duration;

    /// A future that completes when [`Self::now`] has reached `at`.
    fn sleep_until(&self, at: Duration) -> Task;
}

/// Connects a page to `backend` within the process, and gives the page's end.
///
/// The session ends when the last clone of that end is dropped. With `allowed`, the page may
/// call these channels and `host` only.
#[must_use]
pub fn connect(
    backend: &BackendSocket,
    window: &str,
    executor: &Arc<dyn Executor>,
    allowed: Option<HashSet<ChannelName>>,
) -> Endpoint {
    join(executor, |shell| backend.connect(window, shell, allowed))
}

/// Connects the inspector's page within the process:
/// [`BackendSocket::connect_inspector`].
#[must_use]
pub fn connect_inspector(
    backend: &BackendSocket,
    window: &str,
    executor: &Arc<dyn Executor>,
    handler: Arc<dyn IpcHandler>,
) -> Endpoint {
    join(executor, |shell| {
        backend.connect_inspector(window, shell, handler)
    })
}

fn join(
    executor: &Arc<dyn Executor>,
    connect: impl FnOnce(Arc<dyn Shell>) -> Endpoint,
) -> Endpoint {
    let pipe = Arc::new(Pipe {
        ends: Mutex::default(),
        wanted: AtomicUsize::new(0),
        wakeup: Mutex::new(None),
        executor: Arc::clone(executor),
    });
    let shell = |is_page| {
        Arc::new(PipeShell {
            pipe: Arc::clone(&pipe),
            is_page,
        }) as Arc<dyn Shell>
    };
    let back = connect(shell(false));
    let front = Endpoint::frontend(shell(true), Limits::default());
    *lock(&pipe.ends) = (front.downgrade(), back.downgrade());
    front
}

struct Pipe {
    /// The page's end and the backend's.
    ends: Mutex<(WeakEndpoint, WeakEndpoint)>,
    /// How often it was asked to pump since the pump last stopped.
    wanted: AtomicUsize,
    /// The soonest timer that runs.
    wakeup: Mutex<Option<Duration>>,
    executor: Arc<dyn Executor>,
}

impl Pipe {
    /// Carries frames until neither end has any. Whoever comes while another thread, or a caller
    /// further up, is pumping leaves the work to it: order is kept and nothing recurses.
    fn pump(self: &Arc<Self>) {
        if self.wanted.fetch_add(1, Ordering::AcqRel) > 0 {
            return;
        }
        // Held until the last frame is over: a session that ends here may have no other owner,
        // and its goodbye must still leave.
        let (front, back) = lock(&self.ends).clone();
        let _held = (front.upgrade(), back.upgrade());
        let mut done = 1;
        loop {
            while self.turn() {}
            match self
                .wanted
                .compare_exchange(done, 0, Ordering::AcqRel, Ordering::Acquire)
            {
                Ok(_) => return,
                Err(more) => done = more,
            }
        }
    }

    /// Carries up to [`TURN`] bytes each way; says whether more wait.
    fn turn(self: &Arc<Self>) -> bool {
        let mut has_more = false;
        let (front, back) = lock(&self.ends).clone();
        let (front, back) = (front.upgrade(), back.upgrade());
        for (from, to) in [(&front, &back), (&back, &front)] {
            let Some(from) = from else { continue };
            let out = from.poll(Some(TURN));
            has_more |= out.has_more;
            if let Some(to) = to {
                let batch = Bytes::from(out.frames);
                for frame in frames(&batch).flatten() {
                    to.receive(&frame);
                }
            }
            if let Some(at) = out.next_wakeup {
                self.wake_at(at);
            }
        }
        has_more
    }

    fn wake_at(self: &Arc<Self>, at: Duration) {
        {
            let mut wakeup = lock(&self.wakeup);
            if wakeup.is_some_and(|sooner| sooner <= at) {
                return;
            }
            *wakeup = Some(at);
        }
        let sleep = self.executor.sleep_until(at);
        let pipe = Arc::downgrade(self);
        self.executor.spawn(Box::pin(async move {
            sleep.await;
            if let Some(pipe) = pipe.upgrade() {
                lock(&pipe.wakeup).take_if(|wakeup| *wakeup == at);
                pipe.pump();
            }
        }));
    }
}

struct PipeShell {
    pipe: Arc<Pipe>,
    is_page: bool,
}

impl Shell for PipeShell {
    fn spawn(&self, task: Task) {
        self.pipe.executor.spawn(task);
    }

    fn spawn_blocking(&self, work: Box<dyn FnOnce() + Send>) {
        self.pipe.executor.spawn_blocking(work);
    }

    fn now(&self) -> Duration {
        self.pipe.executor.now()
    }

    fn wake(&self) {
        self.pipe.pump();
    }
}

impl Drop for PipeShell {
    fn drop(&mut self) {
        if self.is_page {
            let back = lock(&self.pipe.ends).1.upgrade();
            if let Some(back) = back {
                back.abandon(EndReason::PageGone);
            }
        }
    }
}

impl fmt::Debug for PipeShell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PipeShell")
            .field("is_page", &self.is_page)
            .finish_non_exhaustive()
    }
}

/// A backend, an executor and a clock, to which pages connect.
#[cfg_attr(doc, doc = include_str!("../../examples/calls.md"))]
#[derive(Debug)]
pub struct Pair {
    backend: BackendIpc,
    socket: BackendSocket,
    world: World,
}

/// A backend with default options in a world of its own.
#[must_use]
pub fn pair() -> Pair {
    pair_with(BackendSocket::default())
}

/// A backend over `socket` in a world of its own.
#[must_use]
pub fn pair_with(socket: BackendSocket) -> Pair {
    let backend = BackendIpc::startup(socket.clone());
    Pair {
        backend,
        socket,
        world: World::default(),
    }
}

impl Pair {
    /// The backend's half.
    #[must_use]
    pub fn backend(&self) -> &BackendIpc {
        &self.backend
    }

    /// Connects a page, and gives its end for [`super::FrontendIpc::startup`].
    #[must_use]
    pub fn connect(&self, window: &str) -> Endpoint {
        connect(&self.socket, window, &self.executor(), None)
    }

    /// Connects a page that may call these channels only.
    #[must_use]
    pub fn connect_allowed(&self, window: &str, allowed: HashSet<ChannelName>) -> Endpoint {
        connect(&self.socket, window, &self.executor(), Some(allowed))
    }

    /// The executor of this world.
    #[must_use]
    pub fn executor(&self) -> Arc<dyn Executor> {
        Arc::new(self.world.clone())
    }

    /// Time in this world.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.world.now()
    }

    /// Runs `future` and everything it sets off until it is done. Time moves only when nothing
    /// else can happen, and then to the next timer at once.
    ///
    /// # Panics
    /// Where `future` waits for something that can never happen.
    pub fn run<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        let woken = Arc::new(Woken(AtomicBool::new(true)));
        let waker = Waker::from(Arc::clone(&woken));
        loop {
            if woken.0.swap(false, Ordering::AcqRel)
                && let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker))
            {
                return output;
            }
            if !woken.0.load(Ordering::Acquire) && !self.world.step() {
                assert!(
                    self.world.pass_time(),
                    "nothing is left to do and the future waits"
                );
            }
        }
    }

    /// Runs what is ready, and lets no time pass.
    pub fn settle(&self) {
        while self.world.step() {}
    }
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Release);
    }
}

/// A single-threaded executor with a clock that is set by hand. Clones are the same one.
#[derive(Clone, Default)]
struct World {
    ready: Arc<Mutex<VecDeque<Arc<Job>>>>,
    clock: Arc<Mutex<Clock>>,
}

#[derive(Default)]
struct Clock {
    now: Duration,
    sleepers: Vec<(Duration, Waker)>,
}

struct Job {
    task: Mutex<Option<Task>>,
    ready: Arc<Mutex<VecDeque<Arc<Self>>>>,
}

impl Wake for Job {
    fn wake(self: Arc<Self>) {
        let ready = Arc::clone(&self.ready);
        lock(&ready).push_back(self);
    }
}

impl World {
    /// Polls one task; says whether there was one.
    fn step(&self) -> bool {
        let Some(job) = lock(&self.ready).pop_front() else {
            return false;
        };
        let waker = Waker::from(Arc::clone(&job));
        // Taken out while it is polled: a task may wake itself.
        let task = lock(&job.task).take();
        if let Some(mut task) = task
            && task
                .as_mut()
                .poll(&mut Context::from_waker(&waker))
                .is_pending()
        {
            *lock(&job.task) = Some(task);
        }
        true
    }

    /// Moves the clock to the next timer; says whether there was one.
    fn pass_time(&self) -> bool {
        let mut clock = lock(&self.clock);
        let Some(next) = clock.sleepers.iter().map(|(at, _)| *at).min() else {
            return false;
        };
        clock.now = clock.now.max(next);
        let now = clock.now;
        let due: Vec<_> = clock
            .sleepers
            .extract_if(.., |(at, _)| *at <= now)
            .collect();
        drop(clock);
        for (_, waker) in due {
            waker.wake();
        }
        true
    }
}

impl Executor for World {
    fn spawn(&self, task: Task) {
        let job = Job {
            task: Mutex::new(Some(task)),
            ready: Arc::clone(&self.ready),
        };
        lock(&self.ready).push_back(Arc::new(job));
    }

    fn spawn_blocking(&self, work: Box<dyn FnOnce() + Send>) {
        self.spawn(Box::pin(async { work() }));
    }

    fn now(&self) -> Duration {
        lock(&self.clock).now
    }

    fn sleep_until(&self, at: Duration) -> Task {
        let clock = Arc::clone(&self.clock);
        Box::pin(std::future::poll_fn(move |cx| {
            let mut clock = lock(&clock);
            if clock.now >= at {
                return Poll::Ready(());
            }
            clock.sleepers.push((at, cx.waker().clone()));
            Poll::Pending
        }))
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World")
            .field("now", &self.now())
            .finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
