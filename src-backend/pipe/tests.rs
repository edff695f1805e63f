//! The webview bridge without a window: pages that behave, and pages that do not.
//!
//! `support` has both kinds of page. Time stands still and jumps to the next timer when nothing
//! else can happen, so that no test sleeps.

mod blocking;
mod bridge;
mod faults;
mod shutdown;
mod support;
