//! What goes through this page's session, in the inspector through all, and in a recording: calls,
//! streams, messages, log lines, and their figures.
//!
//! `log` and `figures` are plain data; `recorder` fills them from the socket that every call of
//! the page goes through; the rest draws.

mod counts;
mod details;
mod export;
mod figures;
mod log;
mod opened;
mod others;
mod panel;
mod plots;
mod recorder;
mod timing;
mod tools;
mod watch;

pub(crate) use figures::Figures;
pub(crate) use log::{Entry, EntryId, Fate, Filter, Kind, Log};
pub(crate) use opened::Opened;
pub(crate) use others::Others;
pub(crate) use panel::live_panel;
pub(crate) use recorder::{Recorded, Recorder};
pub(crate) use timing::{Timing, timing_view};
pub(crate) use watch::Watching;
