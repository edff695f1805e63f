//! Where the panel hears of what this page does not do itself: the inspector, the page's own log.
//!
//! One stream per page. It goes through the session's own socket and not the recorded one, or each
//! batch would be an entry about the entries.

use std::sync::Arc;

use leptos::prelude::*;
use twinbridge_common::{
    FrontendIpc, IpcStream,
    interfaces::{
        inspector::{Happening, InspectorClient},
        session_log::SessionLogClient,
    },
};
use twinbridge_frontend::spawn;

use super::Recorder;
use crate::problem::Problem;

/// What the panel hears. Copies are the same.
#[derive(Clone, Copy)]
pub(crate) struct Watching {
    ipc: StoredValue<Option<FrontendIpc>>,
    recorder: StoredValue<Recorder>,
    /// Whether this is the inspector's page.
    pub(crate) is_inspector: RwSignal<bool>,
    /// Whether what is sent is shown, too.
    pub(crate) with_payloads: RwSignal<bool>,
    /// Why nothing is heard.
    pub(crate) problem: RwSignal<Option<Problem>>,
    /// Counts the streams: an older one is over when a newer one begins.
    turn: StoredValue<u32>,
}

impl Watching {
    /// Nothing so far.
    pub(crate) fn new(recorder: Recorder) -> Self {
        Self {
            ipc: StoredValue::new(None),
            recorder: StoredValue::new(recorder),
            is_inspector: RwSignal::new(false),
            with_payloads: RwSignal::new(false),
            problem: RwSignal::default(),
            turn: StoredValue::new(0),
        }
    }

    /// Watches all sessions, as the inspector.
    pub(crate) async fn inspect(self, ipc: &FrontendIpc) {
        self.ipc.set_value(Some(ipc.clone()));
        self.is_inspector.set(true);
        let client: InspectorClient = match ipc.client() {
            Ok(client) => client,
            Err(error) => return self.problem.set(Some(Problem::from(&error))),
        };
        match client.sessions().await {
            Ok(sessions) => self.recorder.with_value(|recorder| {
                recorder.update(|record| {
                    for one in sessions {
                        record.others.know(one.session, one.window);
                    }
                });
            }),
            Err(error) => return self.problem.set(Some(Problem::from(&error))),
        }
        self.watch();
    }

    /// Shows what is sent, or not.
    pub(crate) fn want_payloads(self, with_payloads: bool) {
        self.with_payloads.set(with_payloads);
        self.watch();
    }

    fn watch(self) {
        let Some(client) = self.client::<InspectorClient>() else {
            return;
        };
        let with_payloads = self.with_payloads.get_untracked();
        spawn(async move {
            match client.watch(with_payloads).await {
                Ok(stream) => self.take(stream).await,
                Err(error) => self.problem.set(Some(Problem::from(&error))),
            }
        });
    }

    /// Hears the lines that are logged for this page.
    pub(crate) async fn hear_log(self, ipc: &FrontendIpc) {
        self.ipc.set_value(Some(ipc.clone()));
        let Some(client) = self.client::<SessionLogClient>() else {
            return;
        };
        // A page without its log is of use.
        if let Ok(stream) = client.lines().await {
            self.take(stream).await;
        }
    }

    fn client<C: twinbridge_common::ipc::IpcClient>(self) -> Option<C> {
        let ipc = self.ipc.get_value();
        ipc.and_then(|ipc| ipc.client().ok())
    }

    async fn take(self, mut stream: IpcStream<Vec<Happening>>) {
        let turn = self.turn.get_value().wrapping_add(1);
        self.turn.set_value(turn);
        let recorder: Arc<Recorder> = Arc::new(self.recorder.get_value());
        while let Some(Ok(happenings)) = stream.next().await {
            // Dropping the stream ends the older one; the newer one tells the same.
            if self.turn.get_value() != turn {
                return;
            }
            recorder.told(happenings);
        }
    }
}
