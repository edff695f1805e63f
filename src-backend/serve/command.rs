//! `serve` of the command line: an app's interfaces, for programs and browsers.
//!
//! The programs `twinbridge` and `twinbridge-serve` run this alike, and an app of your own runs it
//! with its own interfaces beside those that every server has.

use std::{
    fs,
    io::{self, Write as _},
    net::Ipv6Addr,
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use clap::Args;
use twinbridge_common::{
    interfaces::{
        dev_tools::DevToolsServer,
        rpc::{AppHostRpcServer, FilesRpcServer, OverRpc},
    },
    ipc::BackendSocket,
    rpc::FeatureGates,
};

use super::{Serve, ServeBuilder, ServeError};
use crate::{
    Drained,
    handlers::{
        dev_tools::DevToolsHandler,
        files::FilesHandler,
        host::{AppFacts, HostHandler},
    },
    log::{self, Levels},
    rpc::web::{RequestCount, WebRpcOptions},
};

/// What the command line says.
#[cfg_attr(doc, doc = include_str!("../examples/arguments.md"))]
#[derive(Clone, Debug, Args)]
pub struct ServeArguments {
    /// Address to listen on; port 0 is any that is free. Addresses that other machines reach need
    /// `--allow-anonymous`.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:3001")]
    listen: String,
    /// Folder of a built page, served to browsers.
    #[arg(long, value_name = "DIR")]
    frontend: Option<PathBuf>,
    /// Interfaces to expose, by name and with commas between; all where it is not given.
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    interfaces: Option<Vec<String>>,
    /// Origin whose pages may ask and read, as `https://example.com`.
    #[arg(long, value_name = "ORIGIN", value_parser = origin)]
    allow_origin: Vec<String>,
    /// Name that the server may be asked by, beside IP addresses and `localhost`.
    #[arg(long, value_name = "NAME")]
    host: Vec<String>,
    /// Folder whose files may be read; without one, no file may.
    #[arg(long, value_name = "DIR")]
    files_root: Vec<PathBuf>,
    /// Seconds after which a call is ended whose operation has no deadline of its own; 0 is never.
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    deadline: u32,
    /// Listen where other machines reach it, though anybody may call everything.
    #[arg(long)]
    allow_anonymous: bool,
    /// JSON file of feature gates; the gate of an interface is `rpc.<name>`. Variables
    /// `TWINBRIDGE_GATE_<gate>` go before it.
    #[arg(long, value_name = "FILE")]
    features: Option<PathBuf>,
}

/// What is logged where `RUST_LOG` says nothing else. The span around every call would cost as
/// much as the call; nothing of the default app logs inside of one.
const DEFAULT_LEVELS: &str = "info,twinbridge_common::rpc::span=off";

/// What is said of exit codes where help is asked for.
pub const EXIT_CODES: &str = "\
Exit codes:
  0    it ended
  1    it could not start
  2    the command line was not understood
  70   it ended, but work was still running 5 s after it was cancelled
  130, 143
       a signal (SIGINT, SIGTERM) ended it in order; a second one ends it at once";

/// Serves what the default app has, until a signal ends it.
///
/// # Errors
/// [`ServeError`] where it cannot start.
pub fn run(arguments: ServeArguments) -> Result<ExitCode, ServeError> {
    let facts = AppFacts {
        name: "Twinbridge".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..AppFacts::default()
    };
    run_with(arguments, facts, |serve| serve)
}

/// The same for an app: `facts` say which one it is, and `add` adds its interfaces, its authorizer and
/// its limits. Gates and deadline are the command line's unless `add` sets others; its names, origins,
/// pages and choice of interfaces are added to what `add` made. The built-in interfaces come behind
/// those of the app.
///
/// # Errors
/// [`ServeError`] where it cannot start.
pub fn run_with(
    arguments: ServeArguments,
    facts: AppFacts,
    add: impl FnOnce(ServeBuilder) -> ServeBuilder,
) -> Result<ExitCode, ServeError> {
    let levels = Levels::new(DEFAULT_LEVELS);
    if let Err(error) = log::start_without_file(&levels) {
        eprintln!("twinbridge: {error}");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(ServeError::System)?;
    let code = runtime.block_on(serve(arguments, levels, facts, add));
    // Blocking work that goes on after the limit must not keep the process.
    runtime.shutdown_background();
    code
}

async fn serve(
    arguments: ServeArguments,
    levels: Levels,
    facts: AppFacts,
    add: impl FnOnce(ServeBuilder) -> ServeBuilder,
) -> Result<ExitCode, ServeError> {
    let listen = arguments.listen.clone();
    let signals = Signals::watch().map_err(ServeError::System)?;
    let (builder, host) = builder(arguments, levels, facts, add)?;
    let serve = builder.bind(&listen).await?;
    host.describe_rpc(serve.server());
    announce(&serve).map_err(ServeError::System)?;
    let mut ended_by = 0;
    let drained = serve
        .run_until(async { ended_by = signals.first().await })
        .await;
    Ok(match drained {
        Drained::Completely => ExitCode::from(128 + ended_by),
        Drained::StillRunning(running) => {
            tracing::warn!(running, "work goes on after it was cancelled");
            ExitCode::from(70)
        }
    })
}

/// One line for programs that started this one; standard output may be closed all the same.
fn announce(serve: &Serve) -> io::Result<()> {
    let mut output = io::stdout().lock();
    writeln!(output, "listening on http://{}", serve.local_addr())?;
    output.flush()
}

/// The app's server, and the handler that is to describe what it exposes.
fn builder(
    arguments: ServeArguments,
    levels: Levels,
    facts: AppFacts,
    add: impl FnOnce(ServeBuilder) -> ServeBuilder,
) -> Result<(ServeBuilder, HostHandler), ServeError> {
    let gates = gates(arguments.features.as_deref())?;
    let count = RequestCount::default();
    let tools = DevToolsHandler::new(&facts.version, levels, count.clone());
    let host = HostHandler::new(BackendSocket::default(), facts);
    let deadline = Duration::from_secs(arguments.deadline.into());
    let mut serve = add(Serve::builder().gates(gates).deadline(deadline))
        .change_web(|web| {
            let web = web.count(count);
            let web = arguments.host.into_iter().fold(web, WebRpcOptions::host);
            let origins = arguments.allow_origin.into_iter();
            origins.fold(web, WebRpcOptions::allow_origin)
        })
        .interface(move || DevToolsServer(tools.clone()))
        .interface({
            let host = host.clone();
            move || AppHostRpcServer(OverRpc(host.clone()))
        });
    if !arguments.files_root.is_empty() {
        let files = FilesHandler::confined(arguments.files_root).map_err(|(path, source)| {
            let path = path.display().to_string();
            ServeError::FilesRoot { path, source }
        })?;
        serve = serve.interface(move || FilesRpcServer(OverRpc(files.clone())));
    }
    if let Some(names) = arguments.interfaces {
        serve = serve.only(names);
    }
    if let Some(folder) = arguments.frontend {
        serve = serve.pages(folder);
    }
    if arguments.allow_anonymous {
        serve = serve.allow_anonymous();
    }
    Ok((serve, host))
}

fn gates(file: Option<&std::path::Path>) -> Result<FeatureGates, ServeError> {
    let gates = FeatureGates::default();
    if let Some(path) = file {
        let failed = |source| ServeError::Features {
            path: path.display().to_string(),
            source,
        };
        let text = fs::read_to_string(path).map_err(|error| failed(error.into()))?;
        gates
            .set_from_file(&text)
            .map_err(|error| failed(error.into()))?;
    }
    let variables = std::env::vars_os().filter_map(|(name, value)| {
        let (name, value) = (name.into_string().ok()?, value.into_string().ok()?);
        Some((name, value))
    });
    gates.set_from_variables(variables);
    Ok(gates)
}

/// An error with its causes, on one line.
#[must_use]
pub fn in_words(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// An origin as browsers write it, so that it can be compared.
fn origin(text: &str) -> Result<String, String> {
    let wrong = "an origin is a scheme, `://`, a host, and a port that is not the scheme's own, \
        in lower case, as `https://example.com:8443`";
    // Pages of apps have schemes of their own, such as `tauri://localhost`.
    let (scheme, host) = text.split_once("://").ok_or(wrong)?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_lowercase())
        && scheme
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "+-.".contains(c));
    let is_host = |c: char| {
        c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | ':' | '[' | ']')
    };
    if !is_scheme || !host.chars().all(is_host) || !is_host_and_port(scheme, host) {
        return Err(wrong.to_owned());
    }
    Ok(text.to_owned())
}

/// A host, and a port as browsers write one: where it is not that of the scheme.
fn is_host_and_port(scheme: &str, text: &str) -> bool {
    // Of an address in brackets the colons are its own.
    let (host, port) = match text.rfind(']') {
        Some(end) => text.split_at(end + 1),
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    let address = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    let is_host = match address {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => !host.is_empty() && !host.contains(['[', ']']),
    };
    let is_port = match port.strip_prefix(':') {
        None => port.is_empty(),
        Some(port) => port.parse::<u16>().is_ok_and(|number| {
            let own = match scheme {
                "http" => Some(80),
                "https" => Some(443),
                _ => None,
            };
            number.to_string() == port && Some(number) != own
        }),
    };
    is_host && is_port
}

/// The signals that end a server.
struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// Watched from here on, so that one that comes while the server starts ends it in order.
    fn watch() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// The number of the first signal; the next ends the process.
    async fn first(mut self) -> u8 {
        let first = self.next().await;
        tokio::spawn(async move {
            let second = self.next().await;
            std::process::exit(128 + i32::from(second));
        });
        first
    }

    async fn next(&mut self) -> u8 {
        tokio::select! {
            _ = self.interrupt.recv() => 2,
            _ = self.terminate.recv() => 15,
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    fn watch() -> io::Result<Self> {
        Ok(Self {})
    }

    async fn first(self) -> u8 {
        // Without a handler the system ends the process itself.
        match tokio::signal::ctrl_c().await {
            Ok(()) => 2,
            Err(_) => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::rpc::web::{Access, AccessRequest, Authorizer};

    #[derive(Debug, Parser)]
    struct App {
        #[command(flatten)]
        serve: ServeArguments,
    }

    /// Lets nobody in.
    struct Closed;

    impl Authorizer for Closed {
        async fn authorize(&self, _: &AccessRequest<'_>) -> Access {
            Access::forbidden("closed")
        }
    }

    #[tokio::test]
    async fn an_apps_authorizer_is_asked_whatever_the_command_line_says_of_origins() {
        let line = [
            "app",
            "--host",
            "box",
            "--allow-origin",
            "https://example.com",
        ];
        for (is_closed, starts) in [(true, true), (false, false)] {
            let arguments = App::parse_from(line).serve;
            let (serve, _) =
                builder(
                    arguments,
                    Levels::default(),
                    AppFacts::default(),
                    |serve| match is_closed {
                        true => serve.authorizer(Closed),
                        false => serve,
                    },
                )
                .unwrap();
            // Where other machines reach it, a server starts with an authorizer alone.
            assert_eq!(serve.bind("0.0.0.0:0").await.is_ok(), starts);
        }
    }

    #[test]
    fn an_origin_is_as_browsers_write_it() {
        for good in [
            "https://example.com",
            "http://127.0.0.1:8080",
            "http://[::1]:8080",
            "http://[::1]",
            "https://example.com:80",
            "http://example.com:443",
            "tauri://localhost",
        ] {
            assert_eq!(origin(good).as_deref(), Ok(good));
        }
        for bad in [
            "",
            "*",
            "null",
            "example.com",
            "https://",
            "https://example.com/",
            "https://Example.com",
            "https://user@example.com",
            "https://example.com:443",
            "http://example.com:80",
            "http://[::1]:80",
            "https://example.com:",
            "https://example.com:0443",
            "https://example.com:99999",
            "https://example.com:1:2",
            "https://:8443",
            "https://[::1",
            "https://[a.b]",
            "https://a]",
            "Tauri://localhost",
        ] {
            assert!(origin(bad).is_err(), "{bad}");
        }
    }
}
