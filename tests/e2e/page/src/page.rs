//! What the page knows: its session, its clients, what it has begun.
//!
//! One per page load, in a thread-local: acts find it there, whoever asks for them.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    future::poll_fn,
    rc::Rc,
    sync::Arc,
    task::{Poll, Waker},
};

use futures_util::future::{AbortHandle, abortable};
use twinbridge_common::{
    interfaces::{files::FilesClient, host::AppHostClient},
    ipc::{Declared, HandlerGuard, NotificationSender},
};
use twinbridge_frontend::{FrontendIpc, spawn};

use crate::{
    board::Board,
    contract::{Course, LabClient, LabInterface, LabNewsSender, LabPageServer},
    events::Listening,
    serve::Serves,
};

/// The page that this is.
pub(crate) struct Page {
    pub(crate) session: u64,
    pub(crate) window: String,
    pub(crate) ipc: FrontendIpc,
    pub(crate) lab: LabClient,
    pub(crate) files: FilesClient,
    pub(crate) news: LabNewsSender,
    pub(crate) board: Board,
    pub(crate) listeners: RefCell<HashMap<String, Listening>>,
    /// Streams that are taken, by name.
    pub(crate) courses: RefCell<HashMap<String, Course>>,
    /// Who waits for more to come.
    waiting: Cell<Option<Waker>>,
    tasks: RefCell<HashMap<String, Task>>,
    _serves: HandlerGuard,
}

/// What was begun: how to drop it, and how it ended.
struct Task {
    abort: AbortHandle,
    end: Option<String>,
}

thread_local! {
    static PAGE: RefCell<Option<Rc<Page>>> = const { RefCell::new(None) };
}

/// Greets the host.
pub(crate) async fn connect() -> Result<Rc<Page>, String> {
    let socket = twinbridge_frontend::connect().map_err(say)?;
    let declared = Declared::default().interface::<LabInterface>();
    let ipc = FrontendIpc::startup(socket, declared).await.map_err(say)?;
    let board = Board::default();
    let serves = ipc
        .handle(LabPageServer(Serves(board.clone())))
        .map_err(say)?;
    let host: AppHostClient = ipc.client().map_err(say)?;
    let app = host.app_info().await.map_err(say)?;
    let socket = ipc.socket().map_err(say)?;
    let page = Rc::new(Page {
        session: app.session,
        window: app.window,
        lab: ipc.client().map_err(say)?,
        files: ipc.client().map_err(say)?,
        news: LabNewsSender::new(NotificationSender::new(Arc::new(socket))),
        ipc,
        board,
        listeners: RefCell::default(),
        courses: RefCell::default(),
        waiting: Cell::default(),
        tasks: RefCell::default(),
        _serves: serves,
    });
    PAGE.set(Some(Rc::clone(&page)));
    Ok(page)
}

impl Page {
    /// The page, once it has greeted.
    pub(crate) fn get() -> Result<Rc<Self>, String> {
        PAGE.with_borrow(Clone::clone)
            .ok_or_else(|| "the page has not greeted".to_owned())
    }

    /// Something came.
    pub(crate) fn more(&self) {
        if let Some(waker) = self.waiting.take() {
            waker.wake();
        }
    }

    /// Waits until `is_enough`, which is asked whenever something came.
    pub(crate) fn until(&self, is_enough: impl Fn() -> bool) -> impl Future<Output = ()> {
        poll_fn(move |cx| {
            if is_enough() {
                return Poll::Ready(());
            }
            self.waiting.set(Some(cx.waker().clone()));
            Poll::Pending
        })
    }

    /// Runs `task` until it ends or is dropped by name.
    pub(crate) fn begin(
        self: &Rc<Self>,
        name: &str,
        task: impl Future<Output = Result<String, String>> + 'static,
    ) {
        let (task, abort) = abortable(task);
        let task_of = Task { abort, end: None };
        self.tasks.borrow_mut().insert(name.to_owned(), task_of);
        let (page, name) = (Rc::clone(self), name.to_owned());
        spawn(async move {
            let end = match task.await {
                Ok(Ok(value) | Err(value)) => value,
                Err(aborted) => aborted.to_string(),
            };
            if let Some(task) = page.tasks.borrow_mut().get_mut(&name) {
                task.end = Some(end);
            }
        });
    }

    /// Drops what runs under this name, at its next poll, which this asks for.
    pub(crate) fn drop_task(&self, name: &str) -> Result<(), String> {
        let tasks = self.tasks.borrow();
        let task = tasks.get(name).ok_or("nothing has begun by this name")?;
        task.abort.abort();
        Ok(())
    }

    /// How it ended, if it has.
    pub(crate) fn end_of(&self, name: &str) -> Option<String> {
        self.tasks.borrow().get(name)?.end.clone()
    }
}

pub(crate) fn say(error: impl std::fmt::Display) -> String {
    error.to_string()
}
