//! The greeter's backend as it was before its page was built: every interface differs.
//!
//! It serves the page of today with the contracts of some time ago, and runs the check. One
//! interface is older, one has other signatures under the same version, one is missing.

use std::process::ExitCode;

use bridge::ipc_interface;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use twinbridge::{Host, HostError};

/// `greetings` before there were errors.
#[ipc_interface(channel = "greetings", version = "1.0.0", crate = bridge)]
pub trait Greetings {
    /// Greets `name`.
    async fn greet(&self, name: String) -> String;
}

/// `farewells` with another result, and with the version that it has today.
#[ipc_interface(channel = "farewells", version = "1.0.0", crate = bridge)]
pub trait Farewells {
    /// Says goodbye.
    async fn leave(&self) -> Farewell;
}

/// A goodbye.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Farewell {
    /// The words.
    pub text: String,
}

struct Stale;

impl Greetings for Stale {
    async fn greet(&self, name: String) -> String {
        format!("Hello, {name}!")
    }
}

impl Farewells for Stale {
    async fn leave(&self) -> Farewell {
        Farewell {
            text: "Goodbye.".to_owned(),
        }
    }
}

fn main() -> Result<ExitCode, HostError> {
    Host::builder()
        .handler(GreetingsServer(Stale))
        .handler(FarewellsServer(Stale))
        .check()
        .run(tauri::generate_context!())
}
