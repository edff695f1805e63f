//! What the host begins at a page and does not wait for.
//!
//! How each ended is noted in words, by name: the page that asked may be gone by then.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use twinbridge::{
    BackendIpc, CallError,
    common::{
        IpcStream,
        ipc::{BackendSocket, Origin},
    },
};
use twinbridge_lab_page::{
    board::Board,
    contract::{Course, LabPageClient},
};

use crate::handler::lock;

/// How errands ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ends(Arc<Mutex<HashMap<String, String>>>);

impl Ends {
    /// How it ended; `None` where it has not.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        lock(&self.0).get(name).cloned()
    }

    /// Runs `errand`, and notes its end. It is dropped when the name is released.
    fn begin(
        &self,
        board: &Board,
        name: &str,
        errand: impl Future<Output = Result<String, CallError>> + Send + 'static,
    ) {
        let (ends, name, released) = (self.clone(), name.to_owned(), board.released(name));
        lock(&ends.0).remove(&name);
        let work = board.begin(&format!("errand {name}"));
        tokio::spawn(async move {
            let end = tokio::select! {
                end = errand => end.unwrap_or_else(|error| error.to_string()),
                () = released => "given up".to_owned(),
            };
            tracing::info!(name, end, "an errand ended");
            lock(&ends.0).insert(name, end);
            work.done();
        });
    }

    /// Calls every page, and takes numbers from it, as soon as it answers.
    pub(crate) fn at_greeting(&self, socket: &BackendSocket, ipc: &BackendIpc, board: &Board) {
        /// Between two questions whether the page answers.
        const PERIOD: Duration = Duration::from_millis(10);
        let (ends, ipc, board) = (self.clone(), ipc.clone(), board.clone());
        socket.observe_handshakes(
            move |Origin {
                      session, window, ..
                  },
                  _| {
                let Ok(page) = ipc.client::<LabPageClient>(window) else {
                    return;
                };
                let (ends, board, session) = (ends.clone(), board.clone(), *session);
                tokio::spawn(async move {
                    while page.add(1, 1).await.is_err() {
                        tokio::time::sleep(PERIOD).await;
                    }
                    let name = format!("session {session}");
                    ends.wait(&board, &page, &name, None);
                    ends.take(&board, &page, &name);
                    tracing::info!(session, "the page is called");
                });
            },
        );
    }

    /// Calls the page's `wait`.
    pub(crate) fn wait(
        &self,
        board: &Board,
        page: &LabPageClient,
        name: &str,
        deadline_ms: Option<u32>,
    ) {
        let mut call = page.wait(name.to_owned());
        if let Some(ms) = deadline_ms {
            call = call.deadline(Duration::from_millis(u64::from(ms)));
        }
        self.begin(board, name, async move {
            call.await?;
            Ok("done".to_owned())
        });
    }

    /// Calls the page's `panic`.
    pub(crate) fn panic(&self, board: &Board, page: &LabPageClient, name: &str) {
        let call = page.panic();
        self.begin(board, name, async move {
            call.await?;
            Ok("done".to_owned())
        });
    }

    /// Takes numbers of the page for as long as they come.
    pub(crate) fn take(&self, board: &Board, page: &LabPageClient, name: &str) {
        let call = page.numbers(u32::MAX);
        self.begin(board, &format!("{name}, taken"), async move {
            let course = taken(call.await?, u32::MAX).await?;
            Ok(format!("{course:?}"))
        });
    }
}

/// Takes up to `count` numbers.
pub(crate) async fn taken(mut numbers: IpcStream<u32>, count: u32) -> Result<Course, CallError> {
    let mut course = Course::default();
    while course.count < count {
        let Some(number) = numbers.next().await else {
            break;
        };
        course.add(number?);
    }
    Ok(course)
}
