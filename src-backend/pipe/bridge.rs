//! The webview bridge: turns the exchanges of pages into sessions.
//!
//! A page posts batches to our scheme; the host answers each post when it has something to say,
//! so that the answers are the road down. It knows windows by label and nothing of any webview:
//! the shell that owns one (here the Tauri plugin) brings the posts and tells of pages that are
//! gone. It runs on the caller's thread only as long as it takes to look at a header.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use twinbridge_common::{
    Bytes,
    interfaces::inspector::InspectorServer,
    ipc::{
        BackendSocket, EndReason, IntoIpcHandler as _, IpcHandler, IpcSocket as _, VersionPolicy,
        in_process::Executor as _,
        page_loads::{BatchOf, PageLoads},
    },
    wire::{ChannelName, DownBatch, UpBatch},
};

use super::{TokioExecutor, page::Page};
use crate::inspect::InspectorHandler;

/// All pages that speak over the webview bridge.
///
/// The seam between the bridge and a webview: whatever shows the pages hands in each body that a
/// page posts, answers the post with the bytes it is given, and says when a page or a window is
/// gone. Origins and the main frame are the webview's business; the key is the proof of both.
/// `docs/wire.md` has the bytes.
///
/// ```
/// use twinbridge::{Bridge, PostRefused, TokioExecutor, common::ipc::BackendSocket};
///
/// let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
/// let executor = TokioExecutor::new(runtime.handle().clone());
/// let bridge = Bridge::new(BackendSocket::default(), executor, [7; 16], |_window| None);
/// let refused = bridge.exchange("main", b"no batch".to_vec(), |_answer| ());
/// assert!(matches!(refused, Err(PostRefused::BadBatch(_))));
/// # Ok::<_, std::io::Error>(())
/// ```
#[cfg_attr(doc, doc = include_str!("../examples/bridge.md"))]
pub struct Bridge {
    pub(super) socket: BackendSocket,
    pub(super) executor: TokioExecutor,
    key: [u8; 16],
    windows: Mutex<HashMap<String, Window>>,
    allowed: Box<Allowed>,
    /// Label of the inspector's window, and what answers `host` to it where the app does not.
    inspector: OnceLock<(String, Arc<dyn IpcHandler>)>,
    /// Set with the windows locked, so that no page slips in behind it.
    is_closed: AtomicBool,
}

/// The channels that a window may call; `None` is all.
type Allowed = dyn Fn(&str) -> Option<HashSet<ChannelName>> + Send + Sync;

#[derive(Default)]
struct Window {
    page: Option<Page>,
    loads: PageLoads,
}

/// One post of a page, and the way to answer it.
pub(crate) struct Exchange {
    pub(crate) batch: UpBatch,
    pub(crate) answer: Answer,
}

/// Answers a post, once; a page that is forgotten is told so.
pub(crate) struct Answer(Option<Box<dyn FnOnce(Vec<u8>) + Send>>);

impl Answer {
    pub(crate) fn new(answer: impl FnOnce(Vec<u8>) + Send + 'static) -> Self {
        Self(Some(Box::new(answer)))
    }

    pub(crate) fn send(mut self, batch: &DownBatch) {
        if let Some(answer) = self.0.take() {
            answer(batch.to_bytes());
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        if let Some(answer) = self.0.take() {
            answer(DownBatch::Ended("the session ended".to_owned()).to_bytes());
        }
    }
}

/// Why a post is not answered with a batch. The same post cannot succeed later.
#[cfg_attr(doc, doc = include_str!("../examples/bridge.md"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PostRefused {
    /// The bytes are no batch.
    #[error("{0}")]
    BadBatch(#[from] twinbridge_common::wire::BadBatch),
    /// The sender has not the key: it is no main frame of ours.
    #[error("the bridge key is wrong")]
    WrongKey,
}

impl Bridge {
    /// A bridge whose pages become sessions of `socket` if they know `key`, which must be random
    /// and reach their main frames only. `allowed` gives the channels that a window may call
    /// besides `host`; `None` is all.
    pub fn new(
        socket: BackendSocket,
        executor: TokioExecutor,
        key: [u8; 16],
        allowed: impl Fn(&str) -> Option<HashSet<ChannelName>> + Send + Sync + 'static,
    ) -> Self {
        Self {
            socket,
            executor,
            key,
            windows: Mutex::default(),
            allowed: Box::new(allowed),
            inspector: OnceLock::new(),
            is_closed: AtomicBool::new(false),
        }
    }

    /// Lets the pages of this window see all sessions from now on. `about` answers `host` to them,
    /// where the app has no handler for it. A second window is not let in.
    #[cfg_attr(
        not(feature = "desktop"),
        expect(dead_code, reason = "windows are of the desktop")
    )]
    pub(crate) fn admit_inspector(&self, window: &str, about: Arc<dyn IpcHandler>) {
        // The first stays.
        let _ = self.inspector.set((window.to_owned(), about));
    }

    /// The socket whose sessions its pages are.
    #[cfg_attr(
        not(feature = "desktop"),
        expect(dead_code, reason = "windows are of the desktop")
    )]
    pub(crate) fn socket(&self) -> &BackendSocket {
        &self.socket
    }

    /// Takes in what a page of `window` posted. `answer` is called once, now or later, from any
    /// thread, with the bytes of the answer.
    ///
    /// # Errors
    /// [`PostRefused`] where the bytes are no batch or the key is wrong; `answer` is not called
    /// then.
    pub fn exchange(
        &self,
        window: &str,
        body: Vec<u8>,
        answer: impl FnOnce(Vec<u8>) + Send + 'static,
    ) -> Result<(), PostRefused> {
        let batch = self.read(body).inspect_err(|refused| {
            tracing::warn!(window, %refused, "a post to the bridge was refused");
        })?;
        let exchange = Exchange {
            batch,
            answer: Answer::new(answer),
        };
        let mut windows = self.windows();
        let state = windows.entry(window.to_owned()).or_default();
        let nonce = exchange.batch.page;
        match (
            state.loads.judge(&nonce, exchange.batch.batch.sequence),
            &state.page,
        ) {
            (BatchOf::Current, Some(page)) => {
                page.post(exchange);
                return Ok(());
            }
            (BatchOf::New, _) => {}
            (BatchOf::Current | BatchOf::Gone, _) => {
                exchange
                    .answer
                    .send(&DownBatch::Ended("the page was replaced".to_owned()));
                return Ok(());
            }
        }
        if self.is_closed() {
            exchange
                .answer
                .send(&DownBatch::Ended("the app is closing".to_owned()));
            return Ok(());
        }
        let before = state.see_off();
        tracing::debug!(window, "a page opens a session");
        let page = self.open(window);
        page.post(exchange);
        state.page = Some(page);
        state.loads.show(nonce);
        drop(windows);
        self.end(before);
        Ok(())
    }

    fn open(&self, window: &str) -> Page {
        Page::open(&self.executor, |shell| match self.inspector.get() {
            Some((label, about)) if label == window => {
                let handler = InspectorHandler::new(self.socket.clone(), window);
                let handler = InspectorServer(handler).into_ipc_handler();
                let endpoint = self.socket.connect_inspector(window, shell, handler);
                // Where the app has one, that is asked.
                if let Ok(guard) = endpoint.handle(Arc::clone(about), VersionPolicy::default()) {
                    endpoint.on_end(move |_| drop(guard));
                }
                endpoint
            }
            _ => self.socket.connect(window, shell, (self.allowed)(window)),
        })
    }

    fn read(&self, body: Vec<u8>) -> Result<UpBatch, PostRefused> {
        let batch = UpBatch::read(&Bytes::from(body))?;
        if same(&batch.key, &self.key) {
            Ok(batch)
        } else {
            Err(PostRefused::WrongKey)
        }
    }

    /// Whether the window shows a page that has opened a session, which it does by greeting.
    #[must_use]
    pub fn has_page(&self, window: &str) -> bool {
        self.windows()
            .get(window)
            .is_some_and(|state| state.page.is_some())
    }

    /// Whether pages find nobody here any more.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Acquire)
    }

    /// Takes no page in from here on.
    pub(super) fn close(&self) {
        let _windows = self.windows();
        self.is_closed.store(true, Ordering::Release);
    }

    /// Lets go of all windows, whose sessions have ended.
    pub(super) fn forget(&self) {
        self.windows().clear();
    }

    /// Ends the session of the window's page, if it has one.
    pub fn page_gone(&self, window: &str) {
        let before = self.windows().get_mut(window).and_then(Window::see_off);
        self.end(before);
    }

    /// Forgets a window that was destroyed.
    pub fn window_gone(&self, window: &str) {
        let state = self.windows().remove(window);
        self.end(state.and_then(|mut state| state.see_off()));
    }

    /// Ends a page's session on the executor: what runs at its end is the app's code, which may
    /// block, and windows say that a page is gone on the UI thread.
    fn end(&self, page: Option<Page>) {
        if let Some(page) = page {
            let end = move || page.end(EndReason::PageGone);
            self.executor.spawn_blocking(Box::new(end));
        }
    }

    fn windows(&self) -> MutexGuard<'_, HashMap<String, Window>> {
        self.windows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Window {
    /// Takes the page out, and remembers that it was here.
    fn see_off(&mut self) -> Option<Page> {
        self.loads.see_off();
        self.page.take()
    }
}

/// Compares without telling by its time how much was right.
fn same(a: &[u8; 16], b: &[u8; 16]) -> bool {
    a.iter().zip(b).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

impl std::fmt::Debug for Bridge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bridge")
            .field("windows", &self.windows().len())
            .finish_non_exhaustive()
    }
}
