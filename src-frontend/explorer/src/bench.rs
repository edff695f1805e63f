//! A short benchmark of the road between this page and its backend, drawn as bars.
//!
//! What is measured here is what this window can really run; the whole benchmark, with Tauri's
//! own `invoke` beside the bridge, is `cargo xtask bench`.

mod measure;
mod view;

pub(crate) use measure::Bench;
pub(crate) use view::bench_page;
