//! The sample's backend: does what the page asks, and counts what runs.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::stream;
use twinbridge::{
    BackendIpc, Bytes,
    common::{IpcStream, wire::Value},
};
use twinbridge_typescript_sample::{
    Counts, Item, Sample, SampleEarlySender, SampleError, SampleEventsSender, SampleNews,
    SamplePageClient, stale,
};

/// What pages have said.
#[derive(Clone, Default)]
pub(crate) struct Said(Arc<Mutex<Vec<u32>>>);

impl SampleNews for Said {
    fn said(&self, number: u32) {
        lock(&self.0).push(number);
    }
}

/// What the sample knows.
pub(crate) struct Backend {
    pub(crate) ipc: BackendIpc,
    pub(crate) said: Said,
    pub(crate) counts: Arc<Mutex<Counts>>,
}

/// Counted while it lives.
struct Counted {
    counts: Arc<Mutex<Counts>>,
    of: fn(&mut Counts) -> &mut u32,
}

impl Backend {
    fn counted(&self, of: fn(&mut Counts) -> &mut u32) -> Counted {
        let counts = Arc::clone(&self.counts);
        *of(&mut lock(&counts)) += 1;
        Counted { counts, of }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        *(self.of)(&mut lock(&self.counts)) -= 1;
    }
}

impl Sample for Backend {
    async fn add(&self, a: u32, b: u32) -> u32 {
        a.wrapping_add(b)
    }

    async fn after(&self, number: u64) -> u64 {
        number.wrapping_add(1)
    }

    async fn reversed(&self, data: Bytes) -> Bytes {
        data.iter().rev().copied().collect::<Vec<_>>().into()
    }

    async fn echo(&self, value: Value) -> Value {
        value
    }

    async fn shown(&self, value: Value) -> String {
        format!("{value:?}")
    }

    async fn nothing(&self) {}

    async fn greet(&self, greeting: String, name: Option<String>) -> String {
        format!("{greeting}, {}!", name.as_deref().unwrap_or("nobody"))
    }

    async fn fail(&self, code: u32) -> Result<u32, SampleError> {
        Err(SampleError::Asked { code })
    }

    async fn panic(&self) {
        panic!("as the page asked");
    }

    async fn wait(&self) {
        let _waiting = self.counted(|counts| &mut counts.waiting);
        std::future::pending().await
    }

    async fn hurry(&self) {
        std::future::pending().await
    }

    async fn numbers(&self, count: u32) -> IpcStream<u32> {
        IpcStream::of(stream::iter(1..=count))
    }

    async fn endless(&self) -> IpcStream<Item> {
        let streaming = self.counted(|counts| &mut counts.streaming);
        IpcStream::of(stream::iter((1..).map(move |number| {
            lock(&streaming.counts).produced += 1;
            let is_even = number % 2 == 0;
            Item { number, is_even }
        })))
    }

    async fn failing(&self, count: u32) -> Result<IpcStream<u32, SampleError>, SampleError> {
        let end = Err(SampleError::Asked { code: count });
        if count == 0 {
            return Err(SampleError::Asked { code: count });
        }
        Ok(IpcStream::new(stream::iter(
            (1..=count).map(Ok).chain([end]),
        )))
    }

    async fn counts(&self) -> Counts {
        *lock(&self.counts)
    }

    async fn tell(&self, count: u32) {
        let Ok(sender) = self.ipc.notification_sender() else {
            return;
        };
        let events = SampleEventsSender::new(sender);
        for number in 1..=count {
            // A page that goes away meanwhile misses nothing.
            let _ = events
                .told(number, Bytes::from(vec![7; number as usize]))
                .await;
        }
    }

    async fn take(&self, count: u32) -> Vec<String> {
        let page: Result<SamplePageClient, _> = self.ipc.client("main");
        let Ok(page) = page else {
            return Vec::new();
        };
        let Ok(mut numbers) = page.numbers(5).await else {
            return Vec::new();
        };
        let mut taken = Vec::new();
        while taken.len() < count as usize
            && let Some(number) = numbers.next().await
        {
            taken.push(number.map_or_else(|error| error.to_string(), |it| it.to_string()));
        }
        taken
    }

    async fn tell_early(&self, count: u32) {
        let Ok(sender) = self.ipc.notification_sender() else {
            return;
        };
        let early = SampleEarlySender::new(sender);
        for number in 1..=count {
            // A page that goes away meanwhile misses nothing.
            let _ = early.told(number).await;
        }
    }

    async fn said(&self) -> Vec<u32> {
        lock(&self.said.0).clone()
    }

    async fn ask(&self, a: u32, b: u32) -> Result<u32, SampleError> {
        let page: SamplePageClient = self.ipc.client("main").map_err(of_page)?;
        page.add(a, b).await.map_err(of_page)
    }

    async fn ask_to_wait(&self) -> String {
        let page: Result<SamplePageClient, _> = self.ipc.client("main");
        let Ok(page) = page else {
            return "no page is connected".to_owned();
        };
        match page.wait().await {
            Ok(()) => "it came back".to_owned(),
            Err(error) => error.to_string(),
        }
    }
}

#[allow(clippy::needless_pass_by_value)] // For `map_err`.
fn of_page(error: impl std::error::Error) -> SampleError {
    let problem = error.to_string();
    SampleError::Page { problem }
}

/// The backend of an earlier build.
pub(crate) struct Stale;

impl stale::Sample for Stale {
    async fn add(&self, a: i32, b: i32) -> i32 {
        a.wrapping_add(b)
    }
}

/// What is behind the locks here holds no invariant that a panic could break.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
