//! Literal bytes of batches, in both directions, read and written.
//!
//! Each test names the table of `docs/wire.md` that it pins; what batches mean to each other is
//! tested where the numbering is.

use twinbridge_common::wire::{Batch, Bytes, DownBatch, Frame, UpBatch, frames, push_frame};

use crate::bytes;

const BATCH: &str = "0500000000000000 0300000000000000 05000000 06 09000000";

fn batch() -> Batch {
    let mut out = Vec::new();
    push_frame(&mut out, |out| Frame::Cancel { call: 9 }.write(out));
    Batch {
        sequence: 5,
        acknowledged: 3,
        frames: Bytes::from(out),
    }
}

#[test]
fn an_upward_batch_on_the_wire() {
    // Up: version, flags, key, page, sequence, acknowledged, frames.
    for (flag, resend) in [("00", false), ("01", true)] {
        let up = UpBatch {
            key: [0xab; 16],
            page: [0xcd; 16],
            resend,
            batch: batch(),
        };
        let key = "ab".repeat(16);
        let page = "cd".repeat(16);
        let expected = bytes(&format!("01 {flag} {key} {page} {BATCH}"));
        let mut written = up.header().to_vec();
        written.extend_from_slice(&up.batch.frames);
        assert_eq!(Bytes::from(written), expected);
        assert_eq!(UpBatch::read(&expected), Ok(up));
        let short = expected.slice(0..49);
        let error = UpBatch::read(&short).unwrap_err();
        assert_eq!(error.to_string(), "not a batch: too short");
    }
    let error = UpBatch::read(&Bytes::from(vec![2; 50])).unwrap_err();
    assert_eq!(error.to_string(), "not a batch: another version");
}

#[test]
fn a_downward_batch_on_the_wire() {
    // Down: version, state, sequence, acknowledged, frames; or version, state, text.
    for (words, down) in [
        (format!("01 00 {BATCH}"), DownBatch::Batch(batch())),
        ("01 01 'why'".to_owned(), DownBatch::Ended("why".to_owned())),
    ] {
        let expected = bytes(&words);
        assert_eq!(Bytes::from(down.to_bytes()), expected);
        assert_eq!(DownBatch::read(&expected), Ok(down));
    }
    for (words, reason) in [
        ("01", "too short"),
        ("01 00 0500000000000000 03000000000000", "too short"),
        ("02 00", "another version"),
        ("01 02", "another version"),
    ] {
        let error = DownBatch::read(&bytes(words)).unwrap_err();
        assert_eq!(error.to_string(), format!("not a batch: {reason}"));
    }
}

#[test]
fn frames_in_a_batch_stand_behind_their_lengths() {
    let cut = |words: &str| frames(&bytes(words)).collect::<Vec<_>>();
    assert!(cut("").is_empty());
    assert_eq!(
        cut("01000000 'a' 00000000 02000000 'bc'"),
        [Ok(bytes("'a'")), Ok(Bytes::new()), Ok(bytes("'bc'"))]
    );
    for broken in [
        "01000000 'a' 02000000 'b'",
        "01000000 'a' ffffffff",
        "01000000 'a' 0000",
    ] {
        let found = cut(broken);
        assert_eq!(found[0], Ok(bytes("'a'")));
        let error = found[1].clone().unwrap_err();
        assert_eq!(
            error.to_string(),
            "not a batch: a frame is longer than its batch"
        );
        assert_eq!(found.len(), 2);
    }
}
