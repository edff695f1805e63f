//! How the page stands towards the backend: the handshake, its verdicts, what the host says.
//!
//! Signals only; the parts of the page read them and none of them talks to the backend for this.
//! Started once per page, since a page has one session.

use futures_util::future::join;
use leptos::prelude::*;
use twinbridge_common::{
    FrontendIpc,
    interfaces::{
        files::FilesInterface,
        host::{AppHostClient, AppHostInterface, AppInfo, InterfaceDescription},
    },
    ipc::Declared,
    wire::Verdict,
};

use crate::problem::Problem;

/// How far the page has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The handshake is under way.
    Connecting,
    /// Calls go through, on the interfaces that fit.
    Connected,
    /// There was no handshake.
    Failed(Problem),
    /// The session is over.
    Ended(Problem),
}

/// What is known of the other half. Copies are the same connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Connection {
    /// How far the page has come.
    pub(crate) stage: RwSignal<Stage>,
    /// One verdict per interface that this page declares; none before the handshake.
    pub(crate) verdicts: RwSignal<Vec<Verdict>>,
    /// Name, version and surroundings of the app.
    pub(crate) app: RwSignal<Option<AppInfo>>,
    /// What the backend has registered; `None` until it said so.
    pub(crate) interfaces: RwSignal<Option<Vec<InterfaceDescription>>>,
    /// Why the host did not answer.
    pub(crate) problem: RwSignal<Option<Problem>>,
}

impl Connection {
    /// One that was not started.
    pub(crate) fn new() -> Self {
        Self {
            stage: RwSignal::new(Stage::Connecting),
            verdicts: RwSignal::default(),
            app: RwSignal::default(),
            interfaces: RwSignal::default(),
            problem: RwSignal::default(),
        }
    }

    /// Greets the backend. Starts where interfaces do not fit too, since this page shows what
    /// does not.
    pub(crate) async fn start(self) -> Option<FrontendIpc> {
        match greet().await {
            Ok(ipc) => {
                self.verdicts.set(ipc.verdicts().to_vec());
                self.stage.set(Stage::Connected);
                if let Ok(socket) = ipc.socket() {
                    let stage = self.stage;
                    socket.on_end(move |reason| stage.set(Stage::Ended(Problem::ended(reason))));
                }
                Some(ipc)
            }
            Err(problem) => {
                self.stage.set(Stage::Failed(problem));
                None
            }
        }
    }

    /// Asks the host what it is and what it offers.
    pub(crate) async fn describe(self, ipc: &FrontendIpc) {
        let host = match ipc.client::<AppHostClient>() {
            Ok(host) => host,
            Err(error) => return self.problem.set(Some(Problem::from(&error))),
        };
        let (app, interfaces) = join(host.app_info(), host.interfaces()).await;
        match app {
            Ok(app) => {
                crate::dom::set_title(&app.name);
                self.app.set(Some(app));
            }
            Err(error) => self.problem.set(Some(Problem::from(&error))),
        }
        match interfaces {
            Ok(interfaces) => self.interfaces.set(Some(interfaces)),
            Err(error) => self.problem.set(Some(Problem::from(&error))),
        }
    }

    /// Whether an interface of this page does not fit.
    pub(crate) fn is_mismatched(self) -> bool {
        self.verdicts
            .with(|verdicts| verdicts.iter().any(|verdict| !verdict.fits))
    }

    /// The state as tests and the style sheet know it.
    pub(crate) fn state(self) -> &'static str {
        self.stage.with(|stage| match stage {
            Stage::Connecting => "connecting",
            Stage::Connected if self.is_mismatched() => "mismatch",
            Stage::Connected => "connected",
            Stage::Failed(_) => "failed",
            Stage::Ended(_) => "ended",
        })
    }
}

async fn greet() -> Result<FrontendIpc, Problem> {
    let endpoint = twinbridge_frontend::connect().map_err(|error| Problem::no_bridge(&error))?;
    let declared = Declared::default()
        .interface::<AppHostInterface>()
        .interface::<FilesInterface>();
    FrontendIpc::startup_any(endpoint, declared)
        .await
        .map_err(|error| Problem::from(&error))
}
