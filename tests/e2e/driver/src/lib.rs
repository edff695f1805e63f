//! Drives the real windows of real executables, for tests.
//!
//! A [`Window`] is an executable under WebKitGTK's WebDriver, a [`Program`] one that runs by
//! itself. What goes wrong is a panic with a sentence, since the callers are tests; nothing waits
//! without a deadline, and nothing that was started outlives its guard.

#![forbid(unsafe_code)]

mod http;
pub mod key;
mod picture;
mod program;
pub mod screen;
mod wait;
mod window;
mod x11;

pub use picture::Picture;
pub use program::{Finished, Program, Start};
pub use rustix::process::Signal;
pub use wait::{DEADLINE, eventually, eventually_within};
pub use window::Window;
