//! One thread's executor and clock, both moved by hand, and the shell that sessions stand on.

use std::{
    future::Future,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use twinbridge_common::ipc::{Shell, Task};

/// Runs tasks in the order its owner likes. Clones are the same one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Executor(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    ready: Mutex<Vec<Arc<Job>>>,
    now: AtomicU64,
    live: AtomicUsize,
}

struct Job {
    task: Mutex<Option<Task>>,
    is_queued: AtomicBool,
    executor: Executor,
}

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Job")
    }
}

impl Wake for Job {
    fn wake(self: Arc<Self>) {
        if !self.is_queued.swap(true, Ordering::Relaxed) {
            let executor = self.executor.clone();
            executor.0.ready.lock().unwrap().push(self);
        }
    }
}

impl Executor {
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.spawn_boxed(Box::pin(task));
    }

    fn spawn_boxed(&self, task: Task) {
        self.0.live.fetch_add(1, Ordering::Relaxed);
        let job = Arc::new(Job {
            task: Mutex::new(Some(task)),
            is_queued: AtomicBool::new(false),
            executor: self.clone(),
        });
        job.wake();
    }

    /// Tasks that can go on.
    pub(crate) fn ready(&self) -> usize {
        self.0.ready.lock().unwrap().len()
    }

    /// Tasks that are not over.
    pub(crate) fn live(&self) -> usize {
        self.0.live.load(Ordering::Relaxed)
    }

    /// Polls one of the ready tasks.
    pub(crate) fn run(&self, at: usize) {
        let job = self.0.ready.lock().unwrap().swap_remove(at);
        // Before it is polled: a task may wake itself.
        job.is_queued.store(false, Ordering::Relaxed);
        let waker = Waker::from(Arc::clone(&job));
        let task = job.task.lock().unwrap().take();
        let Some(mut task) = task else { return };
        match task.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(()) => _ = self.0.live.fetch_sub(1, Ordering::Relaxed),
            Poll::Pending => *job.task.lock().unwrap() = Some(task),
        }
    }

    pub(crate) fn now(&self) -> Duration {
        Duration::from_micros(self.0.now.load(Ordering::Relaxed))
    }

    /// Lets time pass, up to this moment.
    pub(crate) fn pass_until(&self, at: Duration) {
        let at = u64::try_from(at.as_micros()).unwrap();
        self.0.now.fetch_max(at, Ordering::Relaxed);
    }
}

/// Whether a session asked for its pump.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted(Arc<AtomicBool>);

impl Wanted {
    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn take(&self) -> bool {
        self.0.swap(false, Ordering::Relaxed)
    }
}

/// What one end of a session stands on.
#[derive(Debug)]
pub(crate) struct EndShell {
    pub(crate) executor: Executor,
    pub(crate) wanted: Wanted,
}

impl Shell for EndShell {
    fn spawn(&self, task: Task) {
        self.executor.spawn_boxed(task);
    }

    fn spawn_blocking(&self, work: Box<dyn FnOnce() + Send>) {
        self.executor.spawn(async move { work() });
    }

    fn now(&self) -> Duration {
        self.executor.now()
    }

    fn wake(&self) {
        self.wanted.set();
    }
}
