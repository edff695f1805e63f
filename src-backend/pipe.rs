//! What carries frames between the backend and its pages.

mod bridge;
mod executor;
mod page;

pub(crate) use bridge::{Bridge, Refused};
pub use executor::TokioExecutor;
