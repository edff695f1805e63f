//! The greeter: a Tauri app of its own making, with Twinbridge as one of its plugins.
//!
//! It has no permission file and no command; the page reaches the handlers through the plugin
//! alone.

use bridge::{BackendIpc, interfaces::host::AppHostServer, ipc::BackendSocket};
use greeter::Greeter;
use greeter_contract::{FarewellsServer, GreetingsServer};
use twinbridge::{
    Backend,
    handlers::host::{AppFacts, HostHandler},
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let socket = BackendSocket::default();
    let facts = AppFacts {
        name: "Greeter".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..AppFacts::default()
    };
    let greeter = Greeter::new(BackendIpc::startup(socket.clone()));
    let backend = Backend::over(socket.clone())
        .handler(AppHostServer(HostHandler::new(socket, facts)))
        .handler(GreetingsServer(greeter.clone()))
        .handler(FarewellsServer(greeter))
        .build()?;
    tauri::Builder::default()
        .plugin(twinbridge::plugin(backend))
        .run(tauri::generate_context!())?;
    Ok(())
}
