//! How the page stands towards the backend: the handshake, its verdicts, what the host says.
//!
//! Signals only; the parts of the page read them and none of them talks to the backend for this.
//! Started once per page, since a page has one session.

use std::sync::Arc;

use futures_util::future::join;
use leptos::prelude::*;
use twinbridge_common::{
    FrontendIpc,
    interfaces::{
        files::FilesInterface,
        host::{AppHostClient, AppHostInterface, AppInfo, InterfaceDescription, MethodDescription},
    },
    ipc::{Caller, Declared, Endpoint, IpcClient as _, IpcSocketFrontend},
    wire::Verdict,
};
use twinbridge_frontend::ConnectError;

use crate::{
    calls::{Calls, Served},
    live::Recorder,
    problem::Problem,
    service_list,
    services::{ExposedInterface, Services},
};

/// How far the page has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The handshake is under way.
    Connecting,
    /// Calls go through, on the interfaces that fit.
    Connected,
    /// There is no session: a server has this page and answers RPC over HTTP.
    Served,
    /// There was no handshake.
    Failed(Problem),
    /// The session is over.
    Ended(Problem),
}

/// What a page that has started calls.
pub(crate) enum Backend {
    /// The backend of its window.
    Session(Opened),
    /// The server that it came from.
    Server(Arc<Services>),
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
    /// The RPC interfaces that it exposes; `None` until it said so.
    pub(crate) services: RwSignal<Option<Vec<ExposedInterface>>>,
    /// Why the host did not answer.
    pub(crate) problem: RwSignal<Option<Problem>>,
    calls: StoredValue<Option<Arc<dyn Calls>>>,
}

/// A session that was opened: its half, and the socket that all its calls go through.
#[derive(Clone, Debug)]
pub(crate) struct Opened {
    pub(crate) ipc: FrontendIpc,
    pub(crate) socket: Arc<dyn IpcSocketFrontend>,
}

impl Opened {
    /// What typed clients call by.
    pub(crate) fn caller(&self) -> Caller {
        Caller::new(Arc::clone(&self.socket))
    }
}

impl Connection {
    /// One that was not started.
    pub(crate) fn new() -> Self {
        Self {
            stage: RwSignal::new(Stage::Connecting),
            verdicts: RwSignal::default(),
            app: RwSignal::default(),
            interfaces: RwSignal::default(),
            services: RwSignal::default(),
            problem: RwSignal::default(),
            calls: StoredValue::new(None),
        }
    }

    /// Greets the backend. Starts where interfaces do not fit too, since this page shows what
    /// does not. A page that no window shows turns to the server it came from.
    pub(crate) async fn start(self, recorder: &Recorder) -> Option<Backend> {
        let endpoint = match twinbridge_frontend::connect() {
            Ok(endpoint) => endpoint,
            Err(error) => return self.turn_to_server(&error, recorder).await,
        };
        let recorded = recorder.over(endpoint.clone());
        self.calls.set_value(Some(Arc::clone(&recorded) as Arc<_>));
        match greet(endpoint).await {
            Ok(ipc) => {
                crate::dom::mark("greeted");
                self.verdicts.set(ipc.verdicts().to_vec());
                self.stage.set(Stage::Connected);
                if let Ok(socket) = ipc.socket() {
                    let stage = self.stage;
                    socket.on_end(move |reason| stage.set(Stage::Ended(Problem::ended(reason))));
                }
                let socket: Arc<dyn IpcSocketFrontend> = recorded;
                Some(Backend::Session(Opened { ipc, socket }))
            }
            Err(problem) => {
                self.stage.set(Stage::Failed(problem));
                None
            }
        }
    }

    async fn turn_to_server(self, error: &ConnectError, recorder: &Recorder) -> Option<Backend> {
        let no_host = *error == ConnectError::NoHost;
        let services = no_host.then(Services::over_web).and_then(Result::ok);
        let exposed = match &services {
            Some(services) => services.exposed().await.ok(),
            None => None,
        };
        // A server that only has files tells nothing of the kind.
        let (Some(services), Some(exposed)) = (services, exposed) else {
            self.stage.set(Stage::Failed(Problem::no_bridge(error)));
            return None;
        };
        self.services.set(Some(exposed));
        let services = Arc::new(services);
        let served = Served::new(Arc::clone(&services), recorder.clone());
        self.calls.set_value(Some(Arc::new(served)));
        self.stage.set(Stage::Served);
        Some(Backend::Server(services))
    }

    /// Asks the server what it is and what it offers.
    pub(crate) async fn describe_server(self, services: &Services) {
        match services.about().await {
            Ok((app, interfaces)) => {
                crate::dom::set_title(&app.name);
                self.app.set(Some(app));
                self.interfaces.set(Some(interfaces));
            }
            Err(problem) => self.problem.set(Some(problem)),
        }
    }

    /// Asks which RPC interfaces the backend of the window exposes, if it said that it does.
    pub(crate) async fn describe_services(self, socket: Arc<dyn IpcSocketFrontend>) {
        let interfaces = self.interfaces.get_untracked();
        let mut interfaces = interfaces.iter().flatten();
        if !interfaces.any(|one| one.channel == service_list::CONTROL) {
            return self.services.set(Some(Vec::new()));
        }
        let services = match Services::over_session(socket) {
            Ok(services) => services,
            Err(problem) => return self.problem.set(Some(problem)),
        };
        match services.exposed().await {
            Ok(exposed) => self.services.set(Some(exposed)),
            Err(error) => self.problem.set(Some(Problem::from(&error))),
        }
    }

    /// Asks the host what it is and what it offers.
    pub(crate) async fn describe(self, caller: Caller) {
        let host = AppHostClient::over(caller);
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

    /// What calls by name go through; `None` before there is anybody to call.
    pub(crate) fn calls(self) -> Option<Arc<dyn Calls>> {
        self.calls.get_value()
    }

    /// Whether calls go through.
    pub(crate) fn is_open(self) -> bool {
        matches!(*self.stage.read(), Stage::Connected | Stage::Served)
    }

    /// What the backend says of a method.
    pub(crate) fn method(self, channel: &str, name: &str) -> Option<MethodDescription> {
        let interfaces = self.interfaces.read();
        let interface = interfaces.iter().flatten();
        let mut interface = interface.filter(|interface| interface.channel == channel);
        let methods = &interface.next()?.methods;
        methods.iter().find(|method| method.name == name).cloned()
    }

    /// Whether the backend has a handler on this channel, as far as it said.
    pub(crate) fn has(self, channel: &str) -> bool {
        untrack(|| self.hears_of(channel))
    }

    /// [`Self::has`], for what changes when the backend says it.
    pub(crate) fn hears_of(self, channel: &str) -> bool {
        let interfaces = self.interfaces.read();
        let mut interfaces = interfaces.iter().flatten();
        interfaces.any(|interface| interface.channel == channel)
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
            Stage::Served => "served",
            Stage::Failed(_) => "failed",
            Stage::Ended(_) => "ended",
        })
    }
}

async fn greet(endpoint: Endpoint) -> Result<FrontendIpc, Problem> {
    let declared = Declared::default()
        .interface::<AppHostInterface>()
        .interface::<FilesInterface>();
    // `cargo xtask new-interface` declares interfaces above this line.
    // The inspector's page is in any app, also in one without files. It is of one build with the
    // backend that has it embedded, and its contract alone would cost as much as a panel.
    let declared = match crate::dom::is_inspector() {
        true => Declared::default().interface::<AppHostInterface>(),
        false => declared,
    };
    FrontendIpc::startup_any(endpoint, declared)
        .await
        .map_err(|error| Problem::from(&error))
}
