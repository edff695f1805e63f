//! Frames and batches: the page writes what the native half reads, byte by byte.
//!
//! `common/tests/wire` pins them all natively; here one of each shape stands for the rest.

use twinbridge_common::wire::{
    Batch, Bytes, ChannelName, Codec, DownBatch, Ending, Frame, Hello, HelloBody, Metadata,
    MethodName, PROTOCOL, Part, Payload, Reply, Request, UpBatch, frames, push_frame,
};

use crate::{same, say};

fn request() -> Result<Frame, String> {
    let mut metadata = Metadata::default();
    metadata.insert("id", "é");
    Ok(Frame::Request(Request {
        call: 7,
        deadline_ms: 250,
        channel: ChannelName::literal("notes"),
        method: MethodName::literal("read"),
        metadata,
        arguments: Payload::encode(Codec::MessagePack, &(3,)).map_err(say)?,
    }))
}

pub(crate) fn frames_have_their_native_bytes() -> Result<(), String> {
    let table: [(Frame, &[u8]); 3] = [
        (
            request()?,
            b"\x03\x07\0\0\0\xfa\0\0\0\x05notes\x04read\x01\0\x02id\x02\0\xc3\xa9\x01\0\0\0\0\x91\x03",
        ),
        (
            Frame::Reply(Reply {
                call: 9,
                ending: Ending::Failed {
                    scope: "files".into(),
                    key: "not-open".into(),
                    number: 65_574,
                    message: "gone".into(),
                    payload: None,
                },
            }),
            b"\x04\x09\0\0\0\x01\x05files\x08not-open\x26\0\x01\0\x04\0gone",
        ),
        (
            Frame::Part(Part {
                message: 5,
                total: 131_072,
                piece: Bytes::from(b"piece"),
            }),
            b"\x0a\x05\0\0\0\0\0\x02\0piece",
        ),
    ];
    for (frame, bytes) in table {
        same("written", &frame.to_bytes(), &bytes.to_vec())?;
        let read = Frame::read(&Bytes::from(bytes.to_vec())).map_err(say)?;
        same("read", &read, &frame)?;
    }
    let hello = Frame::Hello(Hello {
        protocol: PROTOCOL,
        body: HelloBody::default(),
    });
    let read = Frame::read(&Bytes::from(hello.to_bytes())).map_err(say)?;
    same("a greeting", &read, &hello)?;
    batches_have_their_native_bytes()
}

fn batches_have_their_native_bytes() -> Result<(), String> {
    let mut cancel = Vec::new();
    push_frame(&mut cancel, |out| Frame::Cancel { call: 9 }.write(out));
    same("a batch", &cancel, &b"\x05\0\0\0\x06\x09\0\0\0".to_vec())?;
    let batch = Batch {
        sequence: 5,
        acknowledged: u64::MAX,
        frames: Bytes::from(cancel),
    };
    let up = UpBatch {
        key: [1; 16],
        page: [2; 16],
        resend: true,
        batch: batch.clone(),
    };
    let mut bytes = up.header().to_vec();
    bytes.extend_from_slice(&up.batch.frames);
    same(
        "upwards",
        &UpBatch::read(&Bytes::from(bytes)).map_err(say)?,
        &up,
    )?;
    let down = DownBatch::Batch(batch);
    let bytes = Bytes::from(down.to_bytes());
    same("downwards", &DownBatch::read(&bytes).map_err(say)?, &down)
}

pub(crate) fn a_damaged_frame_is_an_error() -> Result<(), String> {
    let whole = Bytes::from(request()?.to_bytes());
    // Up to the payload's value, which may have any length.
    for end in 0..whole.len() - 2 {
        if Frame::read(&whole.slice(0..end)).is_ok() {
            return Err(format!("{end} bytes of {} were taken", whole.len()));
        }
    }
    // A pointer has 32 bits here: a length near their end must not wrap round.
    let error = b"\x07\0\0\0\0\x02\x01\0\0\0\xff\xff\xff\xff";
    let found = Frame::read(&Bytes::from(error.to_vec())).map_err(|error| error.to_string());
    let expected = "not a frame: cut short at byte 14 of 14".to_owned();
    same("a length of 4 GiB", &found, &Err(expected))?;
    let cut: Vec<_> = frames(&Bytes::from(b"\xff\xff\xff\xffab".to_vec())).collect();
    match cut.as_slice() {
        [Err(error)] => same(
            "a frame of 4 GiB",
            &error.to_string(),
            &"not a batch: a frame is longer than its batch".to_owned(),
        ),
        other => Err(format!("a frame of 4 GiB was cut into {other:?}")),
    }
}
