//! Any bytes as a frame, as a batch of either direction, and as a batch's inside.
//!
//! None may panic, and what was read must be written as bytes that read the same. Knows nothing
//! of sessions; `dispatch` feeds those.
#![no_main]

use libfuzzer_sys::fuzz_target;
use twinbridge_common::wire::{Bytes, DownBatch, Frame, UpBatch, frames};

fuzz_target!(|data: &[u8]| {
    let bytes = Bytes::from(data.to_vec());
    read_frame(&bytes);
    for frame in frames(&bytes).flatten() {
        read_frame(&frame);
    }
    if let Ok(up) = UpBatch::read(&bytes) {
        let mut again = up.header().to_vec();
        again.extend_from_slice(&up.batch.frames);
        assert_eq!(UpBatch::read(&Bytes::from(again)), Ok(up));
    }
    if let Ok(down) = DownBatch::read(&bytes) {
        assert_eq!(DownBatch::read(&Bytes::from(down.to_bytes())), Ok(down));
    }
});

fn read_frame(bytes: &Bytes) {
    if let Ok(frame) = Frame::read(bytes) {
        assert_eq!(Frame::read(&Bytes::from(frame.to_bytes())), Ok(frame));
    }
}
