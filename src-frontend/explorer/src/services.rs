//! The RPC interfaces that this page reaches, and by which configuration.
//!
//! In a window that is the session's own backend; in a browser the server that the page came from.
//! The control channel of either tells what is exposed, and the manager what of it fits.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use twinbridge_common::{
    CallError, RpcManager,
    interfaces::{
        host::{AppInfo, InterfaceDescription},
        rpc::{AppHostRpcClient, AppHostRpcInterface, FilesRpcInterface},
    },
    ipc::{BackendError, CallResult, IpcSocketFrontend, Outgoing, Refusal},
    rpc::{
        DesktopRpcConfiguration, InterfaceName, RpcConfiguration, RpcConnectionGuard,
        RpcInterfaceEndpoints, RpcInterfaces, RpcOptions, RpcRequestContext, RpcRoutingToken,
        web::{Service, WebClientOptions, WebRpcConfiguration},
    },
};
use twinbridge_frontend::{FetchTransport, PageClock};

use crate::{calls, problem::Problem, service_list};

/// How the server of this page names itself in addresses, unless it was told another name.
const SERVICE: (&str, &str) = ("twinbridge", "v1.0");

/// How RPC interfaces are reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Configuration {
    /// Over the session of this window.
    Desktop,
    /// Over HTTP, from the server that this page came from.
    Web,
}

impl Configuration {
    /// Its name, as in `DesktopRpcConfiguration`.
    pub(crate) fn in_words(self) -> &'static str {
        match self {
            Self::Desktop => "desktop",
            Self::Web => "web",
        }
    }
}

/// One RPC interface that the backend exposes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExposedInterface {
    /// Its name.
    pub(crate) name: String,
    /// Its version in the backend.
    pub(crate) version: String,
    /// How it is reached.
    pub(crate) configuration: Configuration,
    /// Whether this page's version fits; `None` where this page does not use it.
    pub(crate) is_compatible: Option<bool>,
}

/// The connection to the RPC interfaces of the backend, while it lives.
pub(crate) struct Services {
    configuration: Configuration,
    manager: RpcManager,
    guard: RpcConnectionGuard,
    /// The versions that the backend has, by name, kept for as long as the page: a request is made
    /// with a version that is there for ever, and a backend has few of them.
    versions: Mutex<HashMap<String, &'static str>>,
}

impl Services {
    /// Over the session of this window.
    pub(crate) fn over_session(socket: Arc<dyn IpcSocketFrontend>) -> Result<Self, Problem> {
        let configuration = DesktopRpcConfiguration::new(socket, PageClock::default());
        Self::over(Configuration::Desktop, Arc::new(configuration))
    }

    /// Over HTTP, below the address of this page.
    pub(crate) fn over_web() -> Result<Self, Problem> {
        let (title, version) = SERVICE;
        let service = Service {
            prefix: String::new(),
            title: title.to_owned(),
            version: version.to_owned(),
        };
        let configuration = WebRpcConfiguration::new(
            FetchTransport::default(),
            service,
            &interfaces(),
            PageClock::default(),
            WebClientOptions::default(),
        );
        Self::over(Configuration::Web, Arc::new(configuration))
    }

    fn over(kind: Configuration, over: Arc<dyn RpcConfiguration>) -> Result<Self, Problem> {
        let manager = RpcManager::default();
        // The session of a page in a browser: it has what it opens to itself.
        let session_id = random_id();
        let options = RpcOptions::default().request_context(move || {
            RpcRequestContext::default()
                .session_id(session_id.clone())
                .application("twinbridge-explorer", env!("CARGO_PKG_VERSION"))
        });
        let guard = manager
            .connect(over, &interfaces(), options)
            .map_err(|error| Problem::of_rpc(&error))?;
        Ok(Self {
            configuration: kind,
            manager,
            guard,
            versions: Mutex::default(),
        })
    }

    /// What the backend exposes, in its order.
    pub(crate) async fn exposed(&self) -> Result<Vec<ExposedInterface>, CallError<BackendError>> {
        let endpoints = self.manager.describe_available_endpoints().await?;
        for one in &endpoints {
            self.keep_version(&one.interface_name, &one.interface_version);
        }
        Ok(endpoints
            .into_iter()
            .map(|one| listed(one, self.configuration))
            .collect())
    }

    /// What the backend says of itself, for a page without a session.
    pub(crate) async fn about(&self) -> Result<(AppInfo, Vec<InterfaceDescription>), Problem> {
        let host: AppHostRpcClient = self
            .manager
            .get_client_for_interface(&RpcRoutingToken::DEFAULT)
            .map_err(|error| Problem::of_rpc(&error))?;
        let info = host.app_info().await;
        let info = info.map_err(|error| Problem::from(&error))?;
        let interfaces = host.interfaces().await;
        Ok((info, interfaces.map_err(|error| Problem::from(&error))?))
    }

    /// Calls an operation by the channel that its interface has in a session.
    pub(crate) fn call<T: CallResult<BackendError>>(
        &self,
        call: &Outgoing,
    ) -> impl Future<Output = Result<T, CallError<BackendError>>> + use<T> {
        let name = call.channel.as_str();
        let name = name.strip_prefix(service_list::CHANNEL).unwrap_or(name);
        let version = self.version_of(name);
        let made = name.parse::<InterfaceName>().map(|name| {
            let connection = self.guard.connection();
            let arguments = calls::arguments(call);
            connection.call::<T>(&name, version, call.method.clone(), &arguments)
        });
        async move {
            match made {
                Ok(made) => made.await,
                Err(error) => Err(CallError::Refused(Refusal::Unrecognized {
                    text: error.to_string(),
                })),
            }
        }
    }

    /// The version that the server has of an interface: what is called by name has no other.
    fn version_of(&self, name: &str) -> &'static str {
        self.versions().get(name).copied().unwrap_or_default()
    }

    fn keep_version(&self, name: &str, version: &str) {
        let mut versions = self.versions();
        if versions.get(name).is_none_or(|known| *known != version) {
            versions.insert(name.to_owned(), Box::leak(version.into()));
        }
    }

    fn versions(&self) -> MutexGuard<'_, HashMap<String, &'static str>> {
        self.versions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What this page was built with.
fn interfaces() -> RpcInterfaces {
    RpcInterfaces::default()
        .interface::<AppHostRpcInterface>()
        .interface::<FilesRpcInterface>()
}

fn listed(one: RpcInterfaceEndpoints, configuration: Configuration) -> ExposedInterface {
    let is_own = interfaces()
        .iter()
        .any(|info| info.name.as_str() == one.interface_name);
    ExposedInterface {
        name: one.interface_name,
        version: one.interface_version,
        configuration,
        is_compatible: is_own.then_some(one.compatible),
    }
}

fn random_id() -> String {
    let mut bytes = [0; 16];
    // A browser without randomness shares what it opens with others like it.
    let _ = getrandom::fill(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_this_page_uses_is_judged() {
        let one = |name: &str, compatible| RpcInterfaceEndpoints {
            interface_name: name.to_owned(),
            interface_version: "1.0.0".to_owned(),
            operation_names: Vec::new(),
            compatible,
        };
        for (name, compatible, judged) in [
            ("AppHostRpcInterface", true, Some(true)),
            ("FilesRpcInterface", false, Some(false)),
            ("DevToolsRpcInterface", false, None),
        ] {
            let found = listed(one(name, compatible), Configuration::Web);
            assert_eq!(found.is_compatible, judged, "{name}");
        }
    }
}
