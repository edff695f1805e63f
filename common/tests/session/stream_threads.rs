//! Streams on real threads: wakers from outside, and ends that race.

use std::{
    collections::VecDeque,
    fmt,
    future::Future,
    pin::pin,
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use futures_channel::oneshot;
use futures_util::{FutureExt as _, stream};
use twinbridge_common::{
    BackendIpc, FrontendIpc, IpcStream,
    ipc::{
        BackendSocket, Declared, Endpoint, HandlerGuard, IpcSocketBackend as _, StreamSender, Task,
        in_process::{self, Executor},
    },
    ipc_interface,
    wire::ByeCode,
};

use crate::flow::{Open, all, is_idle};

/// What the threads stream.
#[ipc_interface(channel = "threads", version = "1.0.0")]
trait Threads {
    /// The numbers below `end`, fed by a thread of its own.
    async fn fed(&self, end: u32) -> IpcStream<u32>;
    /// Without an end.
    async fn forever(&self) -> IpcStream<u32>;
}

#[derive(Debug, Default)]
struct Feeders {
    open: Arc<AtomicUsize>,
}

impl Threads for Feeders {
    async fn fed(&self, end: u32) -> IpcStream<u32> {
        let (mut sender, items): (StreamSender<u32>, _) = IpcStream::channel(2);
        let open = Open::new(&self.open);
        thread::spawn(move || {
            let _open = open;
            block_on(async move {
                for number in 0..end {
                    if sender.send(number).await.is_err() {
                        return;
                    }
                }
            });
        });
        items
    }

    async fn forever(&self) -> IpcStream<u32> {
        let open = Open::new(&self.open);
        IpcStream::of(stream::iter((0..).inspect(move |_| {
            let _open = &open;
        })))
    }
}

/// Runs a future on this thread.
fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(thread::Thread, AtomicBool);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.1.store(true, Ordering::Release);
            self.0.unpark();
        }
    }
    let mut future = pin!(future);
    let unpark = Arc::new(Unpark(thread::current(), AtomicBool::new(false)));
    let waker = Waker::from(Arc::clone(&unpark));
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        let patience = Instant::now() + Duration::from_secs(60);
        while !unpark.1.swap(false, Ordering::Acquire) {
            thread::park_timeout(Duration::from_secs(60));
            assert!(Instant::now() < patience, "nobody woke it for a minute");
        }
    }
}

/// An executor of some threads.
#[derive(Clone)]
struct Pool {
    queue: Arc<Queue>,
    begun: Instant,
}

#[derive(Default)]
struct Queue {
    jobs: Mutex<(VecDeque<Arc<Job>>, bool)>,
    came: Condvar,
}

struct Job {
    task: Mutex<Option<Task>>,
    is_queued: AtomicBool,
    queue: Arc<Queue>,
}

impl Wake for Job {
    fn wake(self: Arc<Self>) {
        if !self.is_queued.swap(true, Ordering::AcqRel) {
            let queue = Arc::clone(&self.queue);
            queue.jobs.lock().unwrap().0.push_back(self);
            queue.came.notify_one();
        }
    }
}

impl Queue {
    fn work(&self) {
        loop {
            let mut jobs = self.jobs.lock().unwrap();
            let job = loop {
                if let Some(job) = jobs.0.pop_front() {
                    break job;
                }
                if jobs.1 {
                    return;
                }
                jobs = self.came.wait(jobs).unwrap();
            };
            drop(jobs);
            let mut task = job.task.lock().unwrap();
            job.is_queued.store(false, Ordering::Release);
            let waker = Waker::from(Arc::clone(&job));
            let mut cx = Context::from_waker(&waker);
            if let Some(polled) = &mut *task
                && polled.as_mut().poll(&mut cx).is_ready()
            {
                *task = None;
            }
        }
    }
}

impl Pool {
    fn new(threads: usize) -> (Self, Vec<JoinHandle<()>>) {
        let queue = Arc::new(Queue::default());
        let threads = (0..threads).map(|_| {
            let queue = Arc::clone(&queue);
            thread::spawn(move || queue.work())
        });
        let threads = threads.collect();
        let begun = Instant::now();
        (Self { queue, begun }, threads)
    }

    fn stop(&self) {
        self.queue.jobs.lock().unwrap().1 = true;
        self.queue.came.notify_all();
    }
}

impl Executor for Pool {
    fn spawn(&self, task: Task) {
        let job = Arc::new(Job {
            task: Mutex::new(Some(task)),
            is_queued: AtomicBool::new(false),
            queue: Arc::clone(&self.queue),
        });
        job.wake();
    }

    fn spawn_blocking(&self, work: Box<dyn FnOnce() + Send>) {
        thread::spawn(work);
    }

    fn now(&self) -> Duration {
        self.begun.elapsed()
    }

    /// No deadline of these tests ever passes.
    fn sleep_until(&self, _: Duration) -> Task {
        Box::pin(std::future::pending())
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pool")
    }
}

/// Waits for what other threads are about to do.
fn eventually(what: &str, holds: impl Fn() -> bool) {
    let patience = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < patience, "not within a minute: {what}");
        thread::yield_now();
    }
}

/// Both halves on threads, each of which serves and calls the other.
struct Bench {
    pool: Pool,
    workers: Vec<JoinHandle<()>>,
    feeders: Arc<Feeders>,
    page: FrontendIpc,
    back: Endpoint,
    clients: [ThreadsClient; 2],
    _guards: [HandlerGuard; 2],
}

impl Bench {
    fn new() -> Self {
        let (pool, workers) = Pool::new(4);
        let executor: Arc<dyn Executor> = Arc::new(pool.clone());
        let socket = BackendSocket::default();
        let feeders = Arc::new(Feeders::default());
        let backend = BackendIpc::startup(socket.clone());
        let end = in_process::connect(&socket, "main", &executor, None);
        let page = block_on(FrontendIpc::startup(end, Declared::default())).unwrap();
        let serve = || ThreadsServer(Arc::clone(&feeders));
        Self {
            _guards: [
                backend.handle(serve()).unwrap(),
                page.handle(serve()).unwrap(),
            ],
            clients: [page.client().unwrap(), backend.client("main").unwrap()],
            back: socket.sessions()[0].clone(),
            page,
            feeders,
            pool,
            workers,
        }
    }

    /// Runs a future on the threads, and gives what waits for its result.
    fn spawn<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> oneshot::Receiver<T> {
        let (done, wait) = oneshot::channel();
        self.pool.spawn(Box::pin(async move {
            let _ = done.send(future.await);
        }));
        wait
    }

    /// Asserts that every stream, feeder and call is gone, at both ends.
    fn ends_clean(self) {
        eventually("every feeder is gone", || {
            self.feeders.open.load(Ordering::Acquire) == 0
        });
        let page = self.page.socket().unwrap();
        eventually("nothing is left of the session", || {
            is_idle(&self.back.load()) && is_idle(&page.load())
        });
        self.pool.stop();
        for worker in self.workers {
            worker.join().unwrap();
        }
    }
}

#[test]
fn what_is_fed_from_other_threads_arrives_whole_and_in_order() {
    let bench = Bench::new();
    let streams: Vec<_> = (0..16)
        .map(|number| {
            let client = bench.clients[number % 2].clone();
            bench.spawn(async move { all(client.fed(3000).await.unwrap()).await })
        })
        .collect();
    for stream in streams {
        let (items, error) = block_on(stream).unwrap();
        assert_eq!(items, (0..3000).collect::<Vec<_>>());
        assert!(error.is_none());
    }
    bench.ends_clean();
}

#[test]
fn streams_that_are_dropped_at_any_moment_leave_nothing_behind() {
    let bench = Bench::new();
    let streams: Vec<_> = (0..400_u32)
        .map(|number| {
            let client = bench.clients[number as usize % 2].clone();
            bench.spawn(async move {
                let mut stream = match number % 3 {
                    0 => client.fed(u32::MAX).await.unwrap(),
                    1 => client.forever().await.unwrap(),
                    // Not even the reply is waited for.
                    _ => {
                        let _ = client.forever().now_or_never();
                        return;
                    }
                };
                for expected in 0..number * 7 {
                    assert_eq!(stream.next().await.unwrap().unwrap(), expected);
                }
            })
        })
        .collect();
    for stream in streams {
        block_on(stream).unwrap();
    }
    bench.ends_clean();
}

#[test]
fn a_session_that_ends_amid_its_streams_ends_them_all() {
    let bench = Bench::new();
    let streams: Vec<_> = (0..40_u32)
        .map(|number| {
            let client = bench.clients[number as usize % 2].clone();
            bench.spawn(async move {
                let mut stream = match number % 4 {
                    0 | 1 => client.fed(u32::MAX).await.unwrap(),
                    _ => client.forever().await.unwrap(),
                };
                let mut count = 0_u32;
                loop {
                    match stream.next().await {
                        Some(Ok(item)) => assert_eq!(item, count),
                        Some(Err(error)) => return (count, error.to_string()),
                        None => panic!("it has no end"),
                    }
                    count += 1;
                }
            })
        })
        .collect();
    eventually("all streams are open", || {
        let load = bench.back.load();
        (load.open_streams, load.consumed_streams) == (20, 20)
    });
    bench.back.close(ByeCode::Closed, "that was it");
    for stream in streams {
        let (_, error) = block_on(stream).unwrap();
        assert_eq!(error, "the session ended: the peer said goodbye");
    }
    bench.ends_clean();
}
