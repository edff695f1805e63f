//! The wire form, pinned.
//!
//! `literal` and `batches` hold bytes of every frame and batch, `document` and `versions` hold the
//! code against what the pages state, `random` feeds the readers what nobody wrote. A change here
//! is a **Wire** entry in the changelog.

#![allow(clippy::unwrap_used)] // The helpers of the tests are tests too.

use twinbridge_common::wire::Bytes;

mod batches;
mod document;
mod literal;
mod random;
mod versions;

/// Bytes from words: hexadecimal digits, or text between single quotes without blanks in it.
fn bytes(words: &str) -> Bytes {
    let mut out = Vec::new();
    for word in words.split_whitespace() {
        if let Some(text) = word
            .strip_prefix('\'')
            .and_then(|rest| rest.strip_suffix('\''))
        {
            out.extend_from_slice(text.as_bytes());
            continue;
        }
        assert!(word.len().is_multiple_of(2), "half a byte in {word}");
        for at in (0..word.len()).step_by(2) {
            out.push(u8::from_str_radix(&word[at..at + 2], 16).unwrap());
        }
    }
    Bytes::from(out)
}
