//! The lab: an app for window tests whose page does what a test asks of it.
//!
//! The page's acts are in `tests/e2e/page`; the host counts what becomes of the work they begin,
//! and speaks to the pages of windows that the WebDriver does not see. Nobody ships this.

mod errands;
mod handler;
mod told;

use std::{
    path::PathBuf,
    process::ExitCode,
    sync::{Arc, Mutex},
};

use clap::Parser;
use twinbridge::{
    BackendIpc, Host, IpcInterface as _,
    common::{
        RpcManager,
        interfaces::{
            dev_tools::{DevToolsInterface, DevToolsServer},
            files::{FilesInterface, FilesServer},
            host::AppHostServer,
            inspector::InspectorInterface,
        },
        ipc::{
            BackendOptions, BackendSocket, IntoNotificationListener as _, IpcSocket as _, Origin,
        },
        rpc::{RpcInterfaces, RpcServer},
        wire::Limits,
    },
    handlers::{
        dev_tools::DevToolsHandler,
        files::FilesHandler,
        host::{AppFacts, HostHandler},
    },
    log::Levels,
    rpc::web::RequestCount,
};
use twinbridge_lab_page::{
    board::Board,
    contract::{
        LabEventsInterface, LabInterface, LabNews, LabNewsInterface, LabNewsReceiver, LabServer,
        Reloads, Said,
    },
};

use errands::Ends;
use handler::{LabHandler, lock};

/// What a test asks of this app.
#[derive(Debug, Parser)]
struct Arguments {
    /// Folder for the log.
    #[arg(long)]
    data_dir: PathBuf,
    /// Calls that a page may have running.
    #[arg(long)]
    running_calls: Option<u32>,
    /// Tells each page so much as soon as it has greeted.
    #[arg(long, default_value_t = 0)]
    tell_at_greeting: u32,
    /// Calls each page, and takes numbers from it, as soon as it answers.
    #[arg(long)]
    call_each_page: bool,
    /// Address of the service that pages know as `tools`.
    #[arg(long)]
    tools: Option<String>,
}

/// Notes what pages say.
struct Notes(Arc<Mutex<Vec<Said>>>);

impl LabNews for Notes {
    fn said(&self, number: u32) {
        let window = Origin::current().map_or_else(String::new, |from| from.window.to_string());
        lock(&self.0).push(Said { window, number });
    }
}

/// What a service elsewhere exposes as well, so that a page has to tell the two apart.
fn rpc_server() -> RpcServer {
    let tools = DevToolsHandler::new("lab", Levels::default(), RequestCount::default());
    let manager = RpcManager::default();
    manager.register_impl(move || DevToolsServer(tools.clone()));
    manager.expose(&RpcInterfaces::default().interface::<DevToolsInterface>())
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Err(error) = twinbridge::log::start(&arguments.data_dir.join("logs")) {
        eprintln!("no log: {error}");
    }
    let mut limits = Limits::default();
    if let Some(calls) = arguments.running_calls {
        limits.max_running_calls = calls;
    }
    let socket = BackendSocket::new(BackendOptions::default().limits(limits));
    let ipc = BackendIpc::startup(socket.clone());
    if arguments.tell_at_greeting > 0 {
        told::at_greeting(&socket, arguments.tell_at_greeting);
    }
    let (board, ends) = (Board::default(), Ends::default());
    if arguments.call_each_page {
        ends.at_greeting(&socket, &ipc, &board);
    }
    let host = Host::over(socket.clone());
    let said = Arc::default();
    let listener = LabNewsReceiver(Notes(Arc::clone(&said)));
    let _listener = socket.listen(listener.into_notification_listener());
    let lab = LabHandler {
        ipc,
        windows: host.windows(),
        board,
        ends,
        said,
        reloads: Mutex::new((Reloads::default(), String::new())),
    };
    let facts = AppFacts {
        name: "Lab".to_owned(),
        ..AppFacts::default()
    };
    let all = [
        LabInterface::CHANNEL,
        FilesInterface::CHANNEL,
        LabEventsInterface::CHANNEL,
        LabNewsInterface::CHANNEL,
    ];
    let host = match &arguments.tools {
        Some(address) => host.remote_service("tools", address),
        None => host,
    };
    host.rpc(&rpc_server())
        .handler(AppHostServer(HostHandler::new(socket, facts)))
        .handler(FilesServer(FilesHandler::new(None)))
        .handler(LabServer(lab))
        .window("side*", all)
        .window("calls-only", [LabInterface::CHANNEL])
        // Listed with what no window can be given.
        .window("nosy", [LabInterface::CHANNEL, InspectorInterface::CHANNEL])
        .run(tauri::generate_context!("lab/tauri.conf.json"))
        .unwrap_or_else(|error| {
            eprintln!("{error}");
            ExitCode::FAILURE
        })
}
