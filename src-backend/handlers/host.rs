//! The handler of `host`: says what the backend is, what it offers and how busy it is.
//!
//! It reads what the socket knows and keeps nothing of its own. Every host registers it, and
//! every window may call it.

use std::{
    fs,
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use twinbridge_common::{
    CallContext,
    interfaces::host::{
        AppHost, AppInfo, ArgumentDescription, InterfaceDescription, MethodDescription,
        SessionStatistics, Statistics, StreamDescription,
    },
    ipc::{BackendSocket, InterfaceInfo, IpcSocketBackend as _, MethodInfo},
    rpc::RpcServer,
    wire::PROTOCOL,
};

/// Answers for the host of `socket`.
#[cfg_attr(doc, doc = include_str!("../examples/handlers.md"))]
#[derive(Clone, Debug)]
pub struct HostHandler {
    socket: BackendSocket,
    facts: AppFacts,
    rpc: Arc<OnceLock<RpcServer>>,
}

/// What only the app knows of itself.
#[cfg_attr(doc, doc = include_str!("../examples/handlers.md"))]
#[derive(Clone, Debug, Default)]
pub struct AppFacts {
    /// Name of the app.
    pub name: String,
    /// Version of the app.
    pub version: String,
    /// Folder for the app's data.
    pub data_dir: PathBuf,
    /// Name and version of the webview; `None` for a headless backend.
    pub webview: Option<String>,
}

impl HostHandler {
    /// A handler that speaks of the handlers and sessions of `socket`.
    #[must_use]
    pub fn new(socket: BackendSocket, facts: AppFacts) -> Self {
        Self {
            socket,
            facts,
            rpc: Arc::default(),
        }
    }

    /// Lets it, and all clones, describe the RPC interfaces that `server` exposes as well, by the
    /// channels that they have in a session. They need not be served to sessions. Said once; what
    /// is said later has no effect.
    pub fn describe_rpc(&self, server: &RpcServer) {
        let _ = self.rpc.set(server.clone());
    }
}

impl AppHost for HostHandler {
    async fn app_info(&self) -> AppInfo {
        let origin = CallContext::current().map(|context| context.origin().clone());
        let AppFacts {
            name,
            version,
            data_dir,
            webview,
        } = self.facts.clone();
        AppInfo {
            name,
            version,
            twinbridge: env!("CARGO_PKG_VERSION").to_owned(),
            protocol: PROTOCOL,
            platform: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            webview,
            data_dir: data_dir.to_string_lossy().into_owned(),
            // Without a session the backend asks itself, and sessions count from 1.
            session: origin.as_ref().map_or(0, |origin| origin.session),
            window: origin.map_or_else(String::new, |origin| origin.window.as_ref().to_owned()),
        }
    }

    async fn interfaces(&self) -> Vec<InterfaceDescription> {
        let handlers = self.socket.handlers();
        let mut all: Vec<_> = handlers
            .iter()
            .map(|handler| {
                describe(
                    handler.channel_name().as_str(),
                    handler.version(),
                    handler.interface(),
                )
            })
            .collect();
        let exposed = self.rpc.get().map(RpcServer::interfaces);
        for info in exposed.into_iter().flatten() {
            let channel = info.interface.channel.as_str();
            if all.iter().all(|known| known.channel != channel) {
                all.push(describe(channel, info.version, Some(info.interface)));
            }
        }
        all
    }

    async fn statistics(&self) -> Statistics {
        let sessions = self.socket.sessions();
        let sessions = sessions.iter().map(|session| {
            let load = session.load();
            SessionStatistics {
                session: session.origin().session,
                window: session.origin().window.as_ref().to_owned(),
                running_calls: cut(load.running_calls),
                overrunning_calls: cut(load.overrunning_calls),
                pending_calls: cut(load.pending_calls),
                open_streams: cut(load.open_streams),
                consumed_streams: cut(load.consumed_streams),
                queued_bytes: load.queued_bytes as u64,
                in_flight_bytes: load.pipe.in_flight_bytes as u64,
                window_bytes: load.pipe.window_bytes as u64,
                calls: load.counts.calls,
                refused: load.counts.refused,
                messages: load.counts.messages,
                replaced: load.counts.replaced,
                overruns: load.counts.overruns,
            }
        });
        Statistics {
            sessions: sessions.collect(),
            limits: self.socket.limits().clone(),
            resident_bytes: resident_bytes(),
        }
    }
}

fn cut(count: usize) -> u32 {
    count.try_into().unwrap_or(u32::MAX)
}

fn describe(channel: &str, version: &str, info: Option<&InterfaceInfo>) -> InterfaceDescription {
    InterfaceDescription {
        channel: channel.to_owned(),
        version: version.to_owned(),
        name: info.map_or("", |info| info.name).to_owned(),
        docs: info.map_or("", |info| info.docs).to_owned(),
        fingerprint: info.map(|info| info.fingerprint.to_string()),
        methods: info.map_or_else(Vec::new, |info| info.methods.iter().map(method).collect()),
    }
}

fn method(info: &MethodInfo) -> MethodDescription {
    let arguments = info.arguments.iter().map(|argument| ArgumentDescription {
        name: argument.name.to_owned(),
        schema: argument.schema.to_string(),
    });
    MethodDescription {
        name: info.name.as_str().to_owned(),
        signature: info.signature.to_owned(),
        docs: info.docs.to_owned(),
        arguments: arguments.collect(),
        result: info.result.as_ref().map(ToString::to_string),
        error: info.error.as_ref().map(ToString::to_string),
        stream: info.stream.as_ref().map(|stream| StreamDescription {
            item: stream.item.to_string(),
            error: stream.error.as_ref().map(ToString::to_string),
        }),
        deadline_ms: info.deadline_ms,
    }
}

/// Linux tells in `/proc`; where there is no such file, nobody knows.
///
/// `status` and not `statm`, which counts in pages of a size it does not say, nor
/// `smaps_rollup`, which walks the whole address space for each look.
pub(super) fn resident_bytes() -> Option<u64> {
    resident_in_status(&fs::read_to_string("/proc/self/status").ok()?)
}

fn resident_in_status(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.trim_end().parse().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resident_memory_is_read_in_bytes() {
        for (status, bytes) in [
            (
                "Name:\tx\nVmHWM:\t  9 kB\nVmRSS:\t    1234 kB\nThreads:\t1\n",
                Some(1234 * 1024),
            ),
            ("Name:\tx\n", None),
            ("VmRSS:\t1234 pages\n", None),
            ("VmRSS:\t-1 kB\n", None),
        ] {
            assert_eq!(resident_in_status(status), bytes);
        }
    }
}
