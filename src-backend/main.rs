//! The default app: registers its handlers and runs the host.
//!
//! Add your handlers where the others are registered. Everything used here is public: an app of
//! your own can be this file.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use clap::{Parser, Subcommand};
use twinbridge::{
    Backend, BackendError, Host, HostError, Launch, Recording,
    common::{
        RpcManager,
        interfaces::{
            bench::BenchServer,
            dev_tools::{DevToolsInterface, DevToolsServer},
            files::{FilesAskedSender, FilesServer},
            host::AppHostServer,
            recordings::RecordingsServer,
            rpc::{
                AppHostRpcInterface, AppHostRpcServer, FilesRpcInterface, FilesRpcServer, OverRpc,
                StorageRpcInterface, StorageRpcServer,
            },
            session_log::SessionLogServer,
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
        recordings::RecordingsHandler,
        session_log::SessionLogHandler,
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
    /// Write every call, reply, message and stream item to this file, with times and sizes, while
    /// the window is open. `twinbridge replay` plays it.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Record what was sent, too: arguments, results, items. The file then holds what users type.
    #[arg(long, requires = "record")]
    record_payloads: bool,
}

/// What it does instead of opening a window.
#[derive(Debug, Subcommand)]
enum Other {
    /// Serve what the backend offers over HTTP, to programs and browsers; opens no window.
    #[command(after_help = command::EXIT_CODES)]
    Serve(ServeArguments),
    /// Play a recording against the backend, in an empty data folder, and say what came out
    /// differently; opens no window.
    #[command(after_help = REPLAY_CODES)]
    Replay(ReplayArguments),
}

#[derive(Debug, clap::Args)]
struct ReplayArguments {
    /// What `twinbridge --record FILE --record-payloads` wrote.
    file: PathBuf,
    /// Do not compare what comes of this method, as `host.interfaces`, or of a whole channel.
    #[arg(long, value_name = "NAME")]
    ignore: Vec<String>,
    /// Folder with data that the recorded backend had, instead of an empty one. What is played
    /// changes it.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

const REPLAY_CODES: &str = "\
Exit codes:
  0    everything came out as it was recorded
  1    something came out differently; each difference is printed
  2    the recording cannot be read, or the command line was not understood";

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
        Some(Other::Replay(arguments)) => return play(arguments),
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
        .handler(RecordingsServer(RecordingsHandler))
        .handler(SessionLogServer(SessionLogHandler))
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
    if let Some(path) = arguments.record {
        let recording = Recording::to(path);
        host = host.record(match arguments.record_payloads {
            true => recording.with_payloads(),
            false => recording,
        });
    }
    if let Some(path) = arguments.screenshot {
        host = host.screenshot(path);
    }
    host.run(tauri::generate_context!())
}

/// Plays a recording against the same handlers, without a window.
fn play(arguments: ReplayArguments) -> ExitCode {
    let own = (arguments.data_dir.is_none()).then(EmptyFolder::new);
    let data_dir = match (arguments.data_dir, &own) {
        (Some(data_dir), _) => data_dir,
        (None, Some(own)) => own.0.clone(),
        (None, None) => PathBuf::new(),
    };
    let mut replay = twinbridge::replay(arguments.file);
    for name in arguments.ignore {
        replay = replay.ignoring(name);
    }
    let report = headless(&data_dir).map_err(|error| in_words(&error));
    let report = report.and_then(|backend| {
        let report = replay.try_against(backend);
        report.map_err(|error| in_words(&error))
    });
    match report {
        Ok(report) => {
            println!("{report}");
            ExitCode::from(u8::from(!report.is_same()))
        }
        Err(words) => {
            eprintln!("twinbridge: {words}");
            ExitCode::from(2)
        }
    }
}

/// A folder for a replay's data, which goes with it.
struct EmptyFolder(PathBuf);

impl EmptyFolder {
    fn new() -> Self {
        let name = format!("twinbridge-replay-{}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }
}

impl Drop for EmptyFolder {
    fn drop(&mut self) {
        // Left where it cannot be removed: it is in the folder for such things.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The backend of this app without its window.
fn headless(data_dir: &Path) -> Result<Backend, BackendError> {
    let socket = BackendSocket::default();
    let facts = AppFacts {
        name: "Twinbridge".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        data_dir: data_dir.to_owned(),
        webview: None,
    };
    let about = HostHandler::new(socket.clone(), facts);
    let storage = StorageHandler::new(data_dir.join("storage"));
    let files = FilesHandler::new(None);
    let (levels, rpc) = (
        Levels::default(),
        (about.clone(), files.clone(), storage.clone()),
    );
    Backend::over(socket)
        .rpc(&rpc_server(levels, rpc.0, rpc.1, rpc.2))
        .handler(AppHostServer(about))
        .handler(BenchServer(BenchHandler))
        .handler(FilesServer(files))
        .handler(RecordingsServer(RecordingsHandler))
        .handler(SessionLogServer(SessionLogHandler))
        .handler(StorageServer(storage))
        .build()
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
