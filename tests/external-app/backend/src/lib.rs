//! The backend of Greeter: the handlers of its interfaces, and everybody's registration.
//!
//! Nothing here knows of windows, menus or trays; [`main`](../src/main.rs) puts those around it,
//! and tests do without.

pub mod handlers;

use greeter_contract::greetings::GreetingsServer;
use twinbridge::{
    Backend, BackendError, BackendIpc,
    common::{interfaces::host::AppHostServer, ipc::BackendSocket},
    handlers::host::{AppFacts, HostHandler},
};

use crate::handlers::greetings::Greeter;

/// The backend, and the greeter in it, whom the menu asks too.
///
/// # Errors
/// [`BackendError`] with everything that is wrong with the handlers.
pub fn backend() -> Result<(Backend, Greeter), BackendError> {
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
        // `cargo xtask new-interface` adds handlers above this line.
        .build()?;
    Ok((backend, greeter))
}
