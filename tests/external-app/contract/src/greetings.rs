//! `greetings`: greets people, and tells every page of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use twinbridge_common::{IpcError, ipc_interface, ipc_notifications};

/// Longest name that is greeted, in characters.
pub const LONGEST_NAME: usize = 20;

/// Greets people.
#[ipc_interface(channel = "greetings", version = "1.0.0")]
pub trait Greetings {
    /// Greets `name`, and tells everybody.
    async fn greet(&self, name: String) -> Result<Greeting, GreetingError>;
}

/// What the backend tells every page.
#[ipc_notifications(channel = "greetings/news", version = "1.0.0")]
pub trait GreetingNews {
    /// `name` was greeted, the `number`th one since the app started.
    fn greeted(&self, name: String, number: u32);
}

/// A greeting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Greeting {
    /// The words.
    pub text: String,
    /// How many were greeted before.
    pub greeted_before: u32,
}

/// Why somebody is not greeted.
#[derive(
    Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error, IpcError,
)]
#[ipc_error(scope = "greetings")]
pub enum GreetingError {
    /// There is no name.
    #[error("nobody is there to greet")]
    Nobody,
    /// The name is too long.
    #[error("a name has at most {limit} characters, this one has {characters}")]
    TooLong {
        /// Its length.
        characters: u32,
        /// The longest there may be.
        limit: u32,
    },
}
