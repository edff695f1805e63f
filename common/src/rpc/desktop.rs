//! The configuration over IPC: each interface is served on a channel of a session.
//!
//! No address and no token is needed, since the session is local. Calls share the bridge, its
//! limits and its handshake with all other calls of the page. iTwin.js: `ElectronRpcManager`.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard},
};

use super::lock::lock;
use super::{
    InterfaceName, RpcClock, RpcConfiguration, RpcControlChannelClient, RpcControlChannelServer,
    RpcDescribed, RpcError, RpcReply, RpcRequest, RpcServer, RpcSubmitted, server::Places,
};
use crate::{
    ipc::{
        Answered, BackendError, CallError, Caller, HandlerGuard, IntoIpcHandler as _, IpcSocket,
        IpcSocketFrontend, Outgoing, Refusal, VersionPolicy,
    },
    wire::{Codec, Ending},
};

/// Carries requests over a session.
///
/// The backend's half is [`serve`](Self::serve), the client's is a value that a manager connects.
#[cfg_attr(doc, doc = include_str!("../../examples/rpc.md"))]
pub struct DesktopRpcConfiguration {
    socket: Arc<dyn IpcSocketFrontend>,
    clock: Box<dyn RpcClock>,
}

impl DesktopRpcConfiguration {
    /// Carries requests over `socket`: a page's, or the backend's view of a page. Requests are
    /// made again by `clock`.
    pub fn new(socket: Arc<dyn IpcSocketFrontend>, clock: impl RpcClock) -> Self {
        Self {
            socket,
            clock: Box::new(clock),
        }
    }

    /// The backend's half: serves the interfaces of `server` to every session of `socket`, each on
    /// a channel of its own, while the guard lives. Pages that declare them in the handshake are
    /// judged by iModel.js's rule for RPC. An interface whose gate is shut has no channel.
    ///
    /// # Errors
    /// [`RpcError::AlreadyAssociated`] where a channel is taken: another server exposes the
    /// interface there, or anything at all.
    pub fn serve(
        server: &RpcServer,
        socket: Arc<dyn IpcSocket>,
    ) -> Result<DesktopRpcGuard, RpcError> {
        let control = RpcControlChannelServer(server.clone()).into_ipc_handler();
        let control = socket
            .handle(control, VersionPolicy::Exact)
            .map_err(|taken| RpcError::AlreadyAssociated {
                interface: taken.channel.to_string(),
            })?;
        let channels = Arc::new(Channels {
            server: server.clone(),
            socket,
            guards: Mutex::default(),
        });
        channels.update()?;
        server.add_places(&channels);
        Ok(DesktopRpcGuard {
            channels,
            _control: control,
        })
    }
}

impl RpcConfiguration for DesktopRpcConfiguration {
    fn codec(&self) -> Codec {
        Codec::MessagePack
    }

    fn submit(&self, request: RpcRequest) -> RpcSubmitted {
        let sent = self.socket.invoke(Outgoing {
            channel: request.channel,
            method: request.operation.clone(),
            deadline_ms: request.deadline_ms,
            metadata: request.context.to_metadata(request.version),
            arguments: request.arguments,
            stamps: None,
        });
        let (interface, operation) = (request.interface, request.operation);
        Box::pin(async move {
            Ok(match sent.await? {
                Answered::Ended(ending) => {
                    let ending = as_rpc(ending, &interface, operation.as_str());
                    RpcReply::of(Answered::Ended(ending))
                }
                streaming @ Answered::Streaming(_) => RpcReply::of(streaming),
            })
        })
    }

    fn describe_endpoints(&self) -> RpcDescribed {
        let caller = Caller::new(Arc::clone(&self.socket));
        let described = RpcControlChannelClient::new(caller).describe_endpoints();
        Box::pin(async move {
            described.await.map_err(|error| match error {
                CallError::App(never) => match never {},
                CallError::Refused(refusal) => CallError::Refused(refusal),
                CallError::Backend(error) => CallError::Backend(error),
                CallError::Pipe(error) => CallError::Pipe(error),
                CallError::Codec(error) => CallError::Codec(error),
            })
        })
    }

    fn clock(&self) -> &dyn RpcClock {
        &*self.clock
    }
}

impl fmt::Debug for DesktopRpcConfiguration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DesktopRpcConfiguration")
            .field("socket", &self.socket)
            .finish_non_exhaustive()
    }
}

/// What a session refuses before RPC sees the request, in RPC's words: the backend has nothing on
/// the interface's channel, or the handshake found versions that do not fit.
fn as_rpc(ending: Ending, interface: &InterfaceName, operation: &str) -> Ending {
    let Ending::Refused { payload, .. } = &ending else {
        return ending;
    };
    let error = match payload.decode() {
        Ok(Refusal::UnknownChannel { .. }) => RpcError::not_initialized(interface),
        Ok(Refusal::VersionMismatch {
            backend, frontend, ..
        }) => RpcError::IncompatibleVersion {
            backend,
            frontend,
            operation: operation.to_owned(),
        },
        _ => return ending,
    };
    let BackendError {
        scope,
        key,
        number,
        message,
    } = error.into();
    Ending::Failed {
        scope: scope.into(),
        key: key.into(),
        number: number.unwrap_or(0),
        message: message.into(),
        payload: None,
    }
}

/// Serves the interfaces of a server over sessions. Dropping it takes their channels away; calls
/// that run go on.
#[cfg_attr(doc, doc = include_str!("../../examples/rpc.md"))]
#[must_use = "the interfaces are taken away when this guard is dropped"]
pub struct DesktopRpcGuard {
    channels: Arc<Channels>,
    _control: HandlerGuard,
}

impl fmt::Debug for DesktopRpcGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DesktopRpcGuard")
            .field("channels", &self.channels.guards().keys())
            .finish_non_exhaustive()
    }
}

/// The channels that are taken at this moment.
struct Channels {
    server: RpcServer,
    socket: Arc<dyn IpcSocket>,
    guards: Mutex<HashMap<InterfaceName, HandlerGuard>>,
}

impl Channels {
    /// Takes the channels of what is exposed, and gives up those of what no longer is.
    fn update(&self) -> Result<(), RpcError> {
        let mut shut = Vec::new();
        let mut guards = self.guards();
        let open = self.server.interfaces();
        guards
            .extract_if(|name, _| open.iter().all(|info| info.name != *name))
            .for_each(|(_, guard)| shut.push(guard));
        let mut result = Ok(());
        for info in open {
            if guards.contains_key(&info.name) {
                continue;
            }
            let handler = self.server.handler(info);
            match self.socket.handle(handler, VersionPolicy::Compatible) {
                Ok(guard) => {
                    guards.insert(info.name.clone(), guard);
                }
                Err(_) => {
                    result = Err(RpcError::AlreadyAssociated {
                        interface: info.name.to_string(),
                    });
                }
            }
        }
        drop(guards);
        drop(shut);
        result
    }

    fn guards(&self) -> MutexGuard<'_, HashMap<InterfaceName, HandlerGuard>> {
        lock(&self.guards)
    }
}

impl Places for Channels {
    fn refresh(&self) {
        if let Err(error) = self.update() {
            tracing::error!(%error, "an interface could not be exposed");
        }
    }
}
