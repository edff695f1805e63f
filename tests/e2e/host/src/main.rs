//! An app for the window tests: the Explorer's page over handlers that misbehave on request.
//!
//! The page opens the file of the command line at once, so `heeds` or `stubborn` there is a call
//! that runs as soon as the page has greeted. Nobody ships this.

mod broken;
mod forms;
mod other_files;
mod plugin;
mod works;

use std::{path::PathBuf, process::ExitCode, time::Duration};

use clap::Parser;
use tracing_subscriber::{
    Layer as _, filter::filter_fn, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};
use twinbridge::{
    Host, IpcInterface as _, WindowError, Windows,
    common::{
        interfaces::{
            files::{FilesInterface, FilesServer},
            host::AppHostServer,
            session_log::SessionLogServer,
        },
        ipc::BackendSocket,
    },
    handlers::{
        host::{AppFacts, HostHandler},
        session_log::SessionLogHandler,
    },
};

use broken::Broken;
use forms::{FormsHandler, FormsServer};
use works::Works;

/// What a test asks of this app.
#[derive(Debug, Parser)]
struct Arguments {
    /// What the page opens: see `Works`.
    file: Option<String>,
    /// Folder for the log.
    #[arg(long)]
    data_dir: PathBuf,
    /// Open the inspector first, which the WebDriver then sees, and `main` only when asked to.
    #[arg(long)]
    inspector_first: bool,
    /// Be a Tauri app of its own making, with the bridge as a plugin: see `plugin`.
    #[arg(long)]
    plugin: bool,
    /// How long running work gets at the end.
    #[arg(long, default_value_t = 5000)]
    limit_ms: u64,
    /// How `files` differs from the one that the page was built with.
    #[arg(long, value_enum)]
    files: Option<other_files::Differing>,
    /// Log what `forms.lines` logs, for the page alone: as fast as logging goes.
    #[arg(long)]
    log_to_page: bool,
    /// Nothing answers `files`, where the bridge is a plugin.
    #[arg(long, requires = "plugin")]
    no_files: bool,
    /// Nothing answers `host`.
    #[arg(long)]
    no_host: bool,
    /// Compare the halves, print, and end.
    #[arg(long)]
    check: bool,
    /// What the hook does at the end.
    #[arg(long, value_enum, default_value_t = Hook::Prints)]
    hook: Hook,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Hook {
    /// Prints that it ran.
    Prints,
    /// Prints it, and panics.
    Panics,
    /// Never ends.
    Hangs,
}

/// Opens the inspector as soon as the host runs, which nobody is told of.
fn open_inspector(windows: Windows) {
    std::thread::spawn(move || {
        let open = || tauri::async_runtime::block_on(windows.open_inspector());
        while let Err(WindowError::NotRunning { .. }) = open() {
            std::thread::sleep(Duration::from_millis(10));
        }
    });
}

fn start_log(arguments: &Arguments) {
    if arguments.log_to_page {
        let is_flood = |metadata: &tracing::Metadata<'_>| metadata.target() == forms::FLOOD;
        tracing_subscriber::registry()
            .with(twinbridge::log::lines().with_filter(filter_fn(is_flood)))
            .init();
    } else if let Err(error) = twinbridge::log::start(&arguments.data_dir.join("logs")) {
        eprintln!("no log: {error}");
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    start_log(&arguments);
    let socket = BackendSocket::default();
    let facts = AppFacts {
        name: "Window test host".to_owned(),
        ..AppFacts::default()
    };
    if arguments.plugin {
        return plugin::run(arguments, socket, facts, tauri::generate_context!());
    }
    let hook = arguments.hook;
    let mut host = Host::over(socket.clone()).later("side");
    if arguments.inspector_first {
        host = host.later("main");
        open_inspector(host.windows());
    }
    let works = Works::new(arguments.file, host.windows());
    let forms = FormsHandler::new(socket.clone());
    let host = match arguments.files {
        None => host.handler(FilesServer(works)),
        Some(differing) => differing.register(host),
    };
    let host = match arguments.no_host {
        true => host,
        false => host.handler(AppHostServer(HostHandler::new(socket, facts))),
    };
    let host = match arguments.log_to_page {
        true => host.handler(SessionLogServer(SessionLogHandler)),
        false => host,
    };
    let host = match arguments.check {
        true => host.check(),
        false => host,
    };
    host.handler(Broken(FormsServer(forms)))
        .window("trusted-*", [FilesInterface::CHANNEL])
        .single_instance(arguments.data_dir)
        .shutdown_limit(Duration::from_millis(arguments.limit_ms))
        .on_shutdown(async move || {
            println!("the first hook ran");
            match hook {
                Hook::Prints => {}
                Hook::Panics => panic!("as the test asked"),
                Hook::Hangs => std::future::pending().await,
            }
        })
        .on_shutdown(async || println!("the second hook ran"))
        .run(tauri::generate_context!())
        .unwrap_or_else(|error| {
            eprintln!("{error}");
            ExitCode::FAILURE
        })
}
