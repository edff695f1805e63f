//! The lab's backend: does what the page asks, and counts it.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::stream;
use tokio::runtime::Handle;
use twinbridge::{
    BackendIpc, Bytes, CallContext, Windows,
    common::{
        IpcStream,
        ipc::NotificationSender,
        wire::{ChannelName, MethodName},
    },
};
use twinbridge_lab_page::{
    board::Board,
    contract::{
        Course, Item, Lab, LabError, LabEventsSender, LabPageClient, Numbered, Reloads, Said,
        Tally, block, checksum,
    },
};

use crate::{
    errands::{Ends, taken},
    told,
};

/// What the lab knows.
pub(crate) struct LabHandler {
    pub(crate) ipc: BackendIpc,
    pub(crate) windows: Windows,
    pub(crate) board: Board,
    pub(crate) ends: Ends,
    pub(crate) said: Arc<Mutex<Vec<Said>>>,
    /// And the file that pages have open then.
    pub(crate) reloads: Mutex<(Reloads, String)>,
}

impl LabHandler {
    fn page(&self, window: &str) -> Result<LabPageClient, LabError> {
        self.ipc.client(window).map_err(LabError::failed)
    }
}

fn asking_session() -> u64 {
    CallContext::current().map_or(0, |context| context.origin().session)
}

impl Lab for LabHandler {
    async fn add(&self, a: u32, b: u32) -> u32 {
        a.wrapping_add(b)
    }

    async fn echo_after(&self, number: u32, ms: u32) -> Numbered {
        let session = asking_session();
        tokio::time::sleep(Duration::from_millis(u64::from(ms))).await;
        Numbered { session, number }
    }

    async fn work(&self, name: String) {
        let work = self.board.begin(&name);
        self.board.released(&name).await;
        work.done();
    }

    fn heed(&self, name: String) {
        let work = self.board.begin(&name);
        if let Some(context) = CallContext::current() {
            Handle::current().block_on(context.cancellation().cancelled());
            work.done();
        }
    }

    fn linger(&self, name: String) {
        let work = self.board.begin(&name);
        Handle::current().block_on(self.board.released(&name));
        work.done();
    }

    async fn hurried(&self, name: String) {
        self.work(name).await;
    }

    async fn release(&self, name: String) {
        self.board.release(&name);
    }

    async fn tally(&self, name: String) -> Tally {
        self.board.tally(&name)
    }

    async fn mark(&self, name: String) {
        self.board.begin(&name).done();
    }

    async fn mark_at_end(&self, name: String) {
        if let Some(context) = CallContext::current() {
            let board = self.board.clone();
            context.on_session_end(move || board.begin(&name).done());
        }
    }

    async fn numbers(&self, count: u32) -> IpcStream<u32> {
        IpcStream::of(stream::iter(1..=count))
    }

    async fn blocks(&self, count: u32) -> IpcStream<Bytes> {
        IpcStream::of(stream::iter((0..count).map(block)))
    }

    async fn checksum(&self, count: u32) -> u64 {
        (0..count).fold(0, |sum, number| checksum(sum, &block(number)))
    }

    async fn failing(&self, count: u32) -> IpcStream<u32, LabError> {
        let end = Err(LabError::After { items: count });
        IpcStream::new(stream::iter((1..=count).map(Ok).chain([end])))
    }

    async fn endless(&self, name: String, len: u32) -> IpcStream<Item> {
        let session = asking_session();
        let (board, work) = (self.board.clone(), self.board.begin(&name));
        let filling = Bytes::from(vec![0x5A; len as usize]);
        IpcStream::of(stream::iter((1..).map(move |number| {
            let _lives_as_long_as_the_stream = &work;
            board.count_item(&name);
            let numbered = Numbered { session, number };
            let filling = filling.clone();
            Item { numbered, filling }
        })))
    }

    async fn tell(&self, window: Option<String>, count: u32, len: u32) -> Result<(), LabError> {
        let sender = match window {
            Some(window) => self.ipc.notification_sender_to(&window),
            None => self.ipc.notification_sender(),
        };
        let events = LabEventsSender::new(sender.map_err(LabError::failed)?);
        told::all(&events, count, len)
    }

    async fn flood(&self, name: String, len: u32) -> Result<(), LabError> {
        let asking = CallContext::current().and_then(|context| context.session());
        let session = asking.ok_or_else(|| LabError::failed("no session asks"))?;
        let number = session.origin().session;
        let events = LabEventsSender::new(NotificationSender::new(Arc::new(session)));
        told::flood(&self.board, &events, number, &name, len).await
    }

    async fn ask(&self, window: String, act: String, words: String) -> Result<String, LabError> {
        let answer = self.page(&window)?.act(act, words).await;
        answer.map_err(LabError::failed)
    }

    async fn add_by_name(&self, window: String, a: u32, b: u32) -> Result<u32, LabError> {
        const PAGE: ChannelName = ChannelName::literal("lab-page");
        const ADD: MethodName = MethodName::literal("add");
        let call = self.ipc.invoke(&window, PAGE, ADD, &(a, b));
        call.map_err(LabError::failed)?
            .await
            .map_err(LabError::failed)
    }

    async fn take_numbers(&self, window: String, count: u32) -> Result<Course, LabError> {
        let numbers = self.page(&window)?.numbers(u32::MAX).await;
        let numbers = numbers.map_err(LabError::failed)?;
        taken(numbers, count).await.map_err(LabError::failed)
    }

    async fn begin_wait(&self, window: String, name: String, deadline_ms: Option<u32>) {
        if let Ok(page) = self.page(&window) {
            self.ends.wait(&self.board, &page, &name, deadline_ms);
        }
    }

    async fn begin_panic(&self, window: String, name: String) {
        if let Ok(page) = self.page(&window) {
            self.ends.panic(&self.board, &page, &name);
        }
    }

    async fn begin_take(&self, window: String, name: String) {
        if let Ok(page) = self.page(&window) {
            self.ends.take(&self.board, &page, &name);
        }
    }

    async fn ended(&self, name: String) -> Option<String> {
        self.ends.get(&name)
    }

    async fn open(&self, label: String) -> Result<(), LabError> {
        let title = label.clone();
        let opened = self.windows.open_with(&label, |window| {
            window.title(title).inner_size(500.0, 300.0)
        });
        opened.await.map_err(LabError::failed)
    }

    async fn close(&self, label: String) -> Result<(), LabError> {
        self.windows.close(&label).map_err(LabError::failed)
    }

    async fn said(&self) -> Vec<Said> {
        lock(&self.said).clone()
    }

    async fn plan_reloads(&self, count: u32, file: String) {
        let left = count;
        let reloads = Reloads {
            left,
            ..Reloads::default()
        };
        *lock(&self.reloads) = (reloads, file);
    }

    async fn next_reload(&self, wrong: Option<u32>) -> Option<String> {
        let (reloads, file) = &mut *lock(&self.reloads);
        if let Some(wrong) = wrong {
            reloads.reports += 1;
            reloads.wrong += wrong;
        }
        reloads.left = reloads.left.checked_sub(1)?;
        Some(file.clone())
    }

    async fn reloads(&self) -> Reloads {
        lock(&self.reloads).0
    }
}

/// What is behind the locks here holds no invariant that a panic could break.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
