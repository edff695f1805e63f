//! What carries frames between the backend and its pages.

mod bridge;
mod executor;
mod page;
mod shutdown;
#[cfg(test)]
mod tests;

pub use bridge::{Bridge, PostRefused};
pub use executor::TokioExecutor;
pub use shutdown::Drained;
