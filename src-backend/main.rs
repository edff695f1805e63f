//! The default app: registers its handlers and runs the host.
//!
//! Add your handlers where the others are registered. Everything used here is public: an app of
//! your own can be this file.

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use clap::{Parser, Subcommand};
use twinbridge::{
    Host, HostError, Launch,
    common::{
        RpcManager,
        interfaces::{
            bench::BenchServer,
            dev_tools::{DevToolsInterface, DevToolsServer},
            files::{FilesAskedSender, FilesServer},
            host::AppHostServer,
            rpc::{
                AppHostRpcInterface, AppHostRpcServer, FilesRpcInterface, FilesRpcServer, OverRpc,
                StorageRpcInterface, StorageRpcServer,
            },
            storage::StorageServer,
        },
        ipc::{BackendSocket, IpcSocketBackend as _, NotificationSender},
        rpc::{RpcInterfaces, RpcServer},
    },
    handlers::{
        bench::BenchHandler,
        dev_tools::DevToolsHandler,
        files::{FilesHandler, InitialFile},
        host::{AppFacts, HostHandler},
        storage::StorageHandler,
    },
    log::Levels,
    rpc::web::RequestCount,
    serve::command::{self, ServeArguments, in_words},
};

/// Shows what a Twinbridge backend offers, and text files of any size.
#[derive(Debug, Parser)]
#[command(
    name = "twinbridge",
    version,
    about,
    after_help = EXIT_CODES,
    args_conflicts_with_subcommands = true
)]
struct Arguments {
    #[command(subcommand)]
    other: Option<Other>,
    /// Text file to show.
    file: Option<PathBuf>,
    /// Open the window, compare the two halves, and exit: 0 if they fit; else 1, after printing
    /// every mismatch.
    #[arg(long)]
    check: bool,
    /// Write the window's pixels to this PNG file after the handshake, and exit.
    #[arg(long, value_name = "OUT.png", conflicts_with = "check")]
    screenshot: Option<PathBuf>,
    /// Folder for data and logs, instead of the user's data folder.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

/// What it does instead of opening a window.
#[derive(Debug, Subcommand)]
enum Other {
    /// Serve what the backend offers over HTTP, to programs and browsers; opens no window.
    #[command(after_help = command::EXIT_CODES)]
    Serve(ServeArguments),
}

const EXIT_CODES: &str = "\
Exit codes:
  0    the window was closed, or a running instance opens FILE; with --check, the halves fit
  1    it could not start, or --check or --screenshot failed
  2    the command line was not understood
  70   it ended, but work was still running 5 s after it was cancelled
  129, 130, 143
       a signal (SIGHUP, SIGINT, SIGTERM) ended it in order; a second one ends it at once";

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let code = match arguments.other {
        Some(Other::Serve(serve)) => command::run(serve).map_err(|error| in_words(&error)),
        None => run(arguments).map_err(|error| in_words(&error)),
    };
    code.unwrap_or_else(|words| {
        eprintln!("twinbridge: {words}");
        ExitCode::FAILURE
    })
}

fn run(arguments: Arguments) -> Result<ExitCode, HostError> {
    let data_dir = arguments
        .data_dir
        .unwrap_or_else(twinbridge::default_data_dir);
    let levels = Levels::default();
    match twinbridge::log::start_with(&data_dir.join("logs"), &levels) {
        Ok(path) => tracing::info!(path = %path.display(), "logging"),
        // The app is of use without its log file.
        Err(error) => eprintln!(
            "twinbridge: no log file in `{}`: {error}",
            data_dir.display()
        ),
    }
    let socket = BackendSocket::default();
    let facts = AppFacts {
        name: "Twinbridge".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        data_dir: data_dir.clone(),
        webview: tauri::webview_version()
            .ok()
            .map(|version| format!("{} {version}", engine())),
    };
    let about = HostHandler::new(socket.clone(), facts);
    let storage = StorageHandler::new(data_dir.join("storage"));
    let host = Host::over(socket.clone());
    let windows = host.windows();
    let files = FilesHandler::new(arguments.file).with_chooser(Arc::new(move |window| {
        let (windows, window) = (windows.clone(), window.to_owned());
        Box::pin(async move {
            let chosen = windows.choose_file(&window).await;
            chosen.map_err(|error| in_words(&error))
        })
    }));
    let (initial, pages) = (files.initial_file(), socket.clone());
    let (dropped, dropped_on) = (initial.clone(), socket);
    let mut host = host
        .rpc(&rpc_server(
            levels,
            about.clone(),
            files.clone(),
            storage.clone(),
        ))
        .handler(AppHostServer(about))
        .handler(FilesServer(files))
        .handler(StorageServer(storage))
        .handler(BenchServer(BenchHandler))
        // `cargo xtask new-interface` adds handlers above this line.
        .single_instance(data_dir)
        .on_second_instance(move |windows, launch| {
            show_launched(&launch, &initial, &pages);
            windows.raise_any();
        })
        .on_files_dropped(move |window, files| {
            for file in files {
                show_file(file, window, &dropped, &dropped_on);
            }
        });
    if arguments.check {
        host = host.check();
    }
    if let Some(path) = arguments.screenshot {
        host = host.screenshot(path);
    }
    host.run(tauri::generate_context!())
}

/// The same handlers for clients of RPC, and what iTwin.js's developer tools ask for.
fn rpc_server(
    levels: Levels,
    about: HostHandler,
    files: FilesHandler,
    storage: StorageHandler,
) -> RpcServer {
    let tools = DevToolsHandler::new(env!("CARGO_PKG_VERSION"), levels, RequestCount::default());
    let manager = RpcManager::default();
    manager.register_impl(move || DevToolsServer(tools.clone()));
    manager.register_impl(move || AppHostRpcServer(OverRpc(about.clone())));
    manager.register_impl(move || FilesRpcServer(OverRpc(files.clone())));
    manager.register_impl(move || StorageRpcServer(OverRpc(storage.clone())));
    let interfaces = RpcInterfaces::default()
        .interface::<DevToolsInterface>()
        .interface::<AppHostRpcInterface>()
        .interface::<FilesRpcInterface>()
        .interface::<StorageRpcInterface>();
    manager.expose(&interfaces)
}

/// Shows the file that a second instance was started with in the first window of this one.
fn show_launched(launch: &Launch, initial: &InitialFile, pages: &BackendSocket) {
    match Arguments::try_parse_from(&launch.arguments) {
        Ok(Arguments {
            file: Some(file), ..
        }) => show_file(launch.working_dir.join(file), "main", initial, pages),
        Ok(_) => {}
        // It may be of another version.
        Err(error) => tracing::warn!(%error, "the command line was not understood"),
    }
}

/// Shows a file in a window of this instance.
fn show_file(file: PathBuf, window: &str, initial: &InitialFile, pages: &BackendSocket) {
    // A page that is about to start asks for it; one that runs is told.
    let path = initial.replace(file);
    let sessions = pages.sessions().into_iter();
    for page in sessions.filter(|page| &*page.origin().window == window) {
        let asked = FilesAskedSender::new(NotificationSender::new(Arc::new(page)));
        if let Err(error) = asked.open(path.clone()).now() {
            tracing::debug!(%error, "the page did not hear of the file");
        }
    }
}

/// Name of the webview that Tauri uses on this system.
const fn engine() -> &'static str {
    if cfg!(windows) {
        "WebView2"
    } else if cfg!(target_os = "macos") {
        "WebKit"
    } else {
        "WebKitGTK"
    }
}
