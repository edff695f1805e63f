//! Any bytes as a body in parts, and as a stream's body.
//!
//! None may panic; parts lie within the body, and what a server of ours writes is read back,
//! whatever the data is.
#![no_main]

use libfuzzer_sys::fuzz_target;
use twinbridge_common::{
    rpc::web::{
        Answer, AnswerSettings, Asked, Caching, Fulfillment, MultipartLimits, Parts,
        RequestHeaders, StreamReader,
    },
    wire::{Bytes, Codec, Payload},
};

fuzz_target!(|data: (String, Vec<u8>, Vec<Vec<u8>>)| {
    let (boundary, body, parts) = data;
    let body = Bytes::from(body);
    let content_type = format!("multipart/form-data; boundary={boundary}");
    if let Ok(read) = Parts::read(&content_type, &body, MultipartLimits::default()) {
        let len: usize = read
            .data
            .iter()
            .chain(&read.objects)
            .map(|part| part.len())
            .sum();
        assert!(len <= body.len());
    }
    let mut reader = StreamReader::new(1024);
    for piece in &parts {
        reader.push(Bytes::from(piece.clone()));
        while let Ok(Some(_)) = reader.next_piece() {}
    }
    written(body, parts.into_iter().map(Bytes::from).collect());
});

fn written(objects: Bytes, data: Vec<Bytes>) {
    let asked = Asked {
        headers: &RequestHeaders::default(),
        caching: Caching::None,
        operation: "a",
        codec: Codec::ITwinJson,
    };
    let result = Payload {
        codec: Codec::ITwinJson,
        bytes: objects,
        attachments: data,
    };
    let fulfillment = Fulfillment::Resolved(result.clone());
    let answer = Answer::write(&asked, fulfillment, None, AnswerSettings::default());
    let content_type = answer.headers["content-type"]
        .to_str()
        .expect("it is ASCII")
        .to_owned();
    if !content_type.starts_with("multipart/") {
        return;
    }
    let body = answer.body.into_bytes();
    let read = Parts::read(&content_type, &body, MultipartLimits::default());
    let expected = Parts {
        objects: Some(result.bytes),
        data: result.attachments,
    };
    assert_eq!(read, Ok(expected));
}
