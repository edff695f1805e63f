//! The files of the inspector's page, which the build script packed into this crate.
//!
//! An app on this crate builds no wasm: the page comes with the crate, or as `cargo xtask page
//! explorer` left it. Where there is none, a page says how to build it.

use std::io::Read as _;

use flate2::read::GzDecoder;

/// Path, type, and content as gzip.
type File = (&'static str, &'static str, &'static [u8]);

include!(concat!(env!("OUT_DIR"), "/inspector_page.rs"));

/// Type and content of a file of the page; `None` where it has no such file.
pub(super) fn file(path: &str) -> Option<(&'static str, Vec<u8>)> {
    let name = match path.trim_start_matches('/') {
        "" => "index.html",
        name => name,
    };
    let (_, kind, packed) = FILES.iter().find(|(known, ..)| *known == name)?;
    let mut body = Vec::new();
    // Packed by our own build script, so it unpacks.
    GzDecoder::new(*packed).read_to_end(&mut body).ok()?;
    Some((kind, body))
}
