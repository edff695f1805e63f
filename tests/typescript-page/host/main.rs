//! The backend of the sample page in TypeScript.
//!
//! It counts what its page has running. With `--stale` it is the backend of an earlier build,
//! which the page does not fit. Nobody ships this.

mod handler;

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use clap::Parser;
use twinbridge::{
    BackendIpc, Host,
    common::{
        interfaces::host::AppHostServer,
        ipc::{BackendSocket, IntoNotificationListener as _, IpcSocket as _},
    },
    handlers::host::{AppFacts, HostHandler},
};
use twinbridge_typescript_sample::{SampleNewsReceiver, SampleServer, stale};

use handler::{Backend, Said, Stale};

/// What a test asks of this app.
#[derive(Debug, Parser)]
struct Arguments {
    /// Folder for the log.
    #[arg(long)]
    data_dir: PathBuf,
    /// Serves the contract of an earlier build.
    #[arg(long)]
    stale: bool,
    /// Takes the page from this development server, as `build.devUrl` in `tauri.conf.json` would.
    #[arg(long)]
    dev_server: Option<tauri::Url>,
    /// Compares the halves, and ends.
    #[arg(long)]
    check: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Err(error) = twinbridge::log::start(&arguments.data_dir.join("logs")) {
        eprintln!("no log: {error}");
    }
    let socket = BackendSocket::default();
    let ipc = BackendIpc::startup(socket.clone());
    let said = Said::default();
    let listener = SampleNewsReceiver(said.clone()).into_notification_listener();
    let _listener = socket.listen(listener);
    let facts = AppFacts {
        name: "TypeScript sample".to_owned(),
        ..AppFacts::default()
    };
    let host = Host::over(socket.clone()).handler(AppHostServer(HostHandler::new(socket, facts)));
    let host = match arguments.stale {
        true => host.handler(stale::SampleServer(Stale)),
        false => {
            let counts = Arc::default();
            host.handler(SampleServer(Backend { ipc, said, counts }))
        }
    };
    let host = match arguments.check {
        true => host.check(),
        false => host,
    };
    let mut context = tauri::generate_context!();
    context.config_mut().build.dev_url = arguments.dev_server;
    host.run(context).unwrap_or_else(|error| {
        eprintln!("{error}");
        ExitCode::FAILURE
    })
}
