//! Bodies in parts: what is taken, what is refused, and what chance makes of it.

use proptest::{collection::vec, prelude::*, sample::select};
use twinbridge_common::{
    rpc::web::{Answer, AnswerSettings, Fulfillment, MultipartError, MultipartLimits, Parts},
    wire::{Bytes, Codec, Payload},
};

use super::{answer_with, header};

const TYPE: &str = "multipart/form-data; boundary=xx";

fn read(content_type: &str, body: &[u8]) -> Result<Parts, MultipartError> {
    Parts::read(
        content_type,
        &Bytes::copy_from_slice(body),
        MultipartLimits::default(),
    )
}

fn body(first: &str, second: &str) -> String {
    format!(
        "--xx\r\n{first}\r\n\r\n{{\"a\":1}}\r\n--xx\r\n{second}\r\n\r\n\u{1}\r\n\u{2}\r\n--xx--\r\n"
    )
}

const OBJECTS: &str = "Content-Disposition: form-data; name=\"objects\"";
const DATA: &str = "Content-Disposition: form-data; name=\"data-0\"; filename=\"blob\"\r\nContent-Type: application/octet-stream";

fn whole() -> Parts {
    Parts {
        objects: Some(Bytes::from(br#"{"a":1}"#)),
        data: vec![Bytes::from(b"\x01\r\n\x02")],
    }
}

#[test]
fn bodies_are_read_as_tolerantly_as_by_the_real_client() {
    let plain = body(OBJECTS, DATA);
    for (what, content_type, body) in [
        ("normal", TYPE, plain.clone()),
        (
            "quoted boundary",
            "multipart/form-data; boundary=\"xx\"",
            plain.clone(),
        ),
        ("preamble", TYPE, format!("ignore me\r\n{plain}")),
        ("epilogue", TYPE, format!("{plain}and me")),
        ("no final line end", TYPE, plain.trim_end().to_owned()),
        ("related", "multipart/related; boundary=xx", plain.clone()),
        (
            "charset first",
            "multipart/form-data; charset=utf-8; boundary=xx",
            plain.clone(),
        ),
        (
            "capitals",
            "Multipart/Form-Data; Boundary=xx",
            plain.clone(),
        ),
        (
            "lower headers",
            TYPE,
            body(&OBJECTS.to_lowercase(), &DATA.to_lowercase()),
        ),
        (
            "blanks behind a boundary",
            TYPE,
            plain.replace("--xx\r\n", "--xx \t\r\n"),
        ),
    ] {
        assert_eq!(read(content_type, body.as_bytes()), Ok(whole()), "{what}");
    }
}

#[test]
fn a_name_without_quotes_is_no_name_and_other_names_say_nothing() {
    let unquoted = read(
        TYPE,
        body("Content-Disposition: form-data; name=objects", DATA).as_bytes(),
    );
    let unquoted = unquoted.unwrap();
    assert_eq!((unquoted.objects, unquoted.data.len()), (None, 2));
    let renamed = body(OBJECTS, "Content-Disposition: form-data; name=\"data-77\"");
    assert_eq!(read(TYPE, renamed.as_bytes()), Ok(whole()));
}

#[test]
fn empty_parts_are_parts() {
    let body = format!("--xx\r\n{OBJECTS}\r\n\r\n\r\n--xx\r\n{DATA}\r\n\r\n\r\n--xx--");
    let parts = read(TYPE, body.as_bytes()).unwrap();
    assert_eq!(
        parts,
        Parts {
            objects: Some(Bytes::new()),
            data: vec![Bytes::new()]
        }
    );
    assert_eq!(read(TYPE, b"--xx--"), Ok(Parts::default()));
}

#[test]
fn what_is_not_in_parts_is_refused_with_a_reason() {
    let plain = body(OBJECTS, DATA);
    for (content_type, body, error) in [
        (TYPE, plain.replace("\r\n", "\n"), MultipartError::BadLine),
        (TYPE, body(OBJECTS, "X-1: y"), MultipartError::BadHeader),
        (TYPE, body(OBJECTS, "no colon"), MultipartError::BadHeader),
        (TYPE, body(OBJECTS, ": y"), MultipartError::BadHeader),
        (TYPE, body(OBJECTS, "A: b\nC: d"), MultipartError::BadLine),
        (TYPE, body(OBJECTS, OBJECTS), MultipartError::TwoObjects),
        (
            TYPE,
            plain.replace("--xx\r\n", "--xxx\r\n"),
            MultipartError::BadLine,
        ),
        (TYPE, String::new(), MultipartError::Truncated),
        (TYPE, "--yy--".to_owned(), MultipartError::Truncated),
        (
            "multipart/form-data",
            plain.clone(),
            MultipartError::NoBoundary,
        ),
        (
            "multipart/form-data; boundary=",
            plain.clone(),
            MultipartError::NoBoundary,
        ),
        (
            "multipart/form-data; boundary=\"xx",
            plain.clone(),
            MultipartError::NoBoundary,
        ),
        (
            "multipart/mixed; boundary=xx",
            plain.clone(),
            MultipartError::NoBoundary,
        ),
        ("text/plain", plain.clone(), MultipartError::NoBoundary),
        (
            TYPE,
            body(OBJECTS, &format!("A: {}", "b".repeat(5000))),
            MultipartError::LongHeader { max: 4096 },
        ),
        (
            TYPE,
            body(OBJECTS, &["A: b"; 1000].join("\r\n")),
            MultipartError::LongHeader { max: 4096 },
        ),
    ] {
        assert_eq!(
            read(content_type, body.as_bytes()),
            Err(error),
            "{body:.60}"
        );
    }
    let long = format!("multipart/form-data; boundary={}", "x".repeat(201));
    assert_eq!(read(&long, b""), Err(MultipartError::NoBoundary));
}

#[test]
fn a_body_cut_off_anywhere_is_refused() {
    let whole = body(OBJECTS, DATA);
    let end = whole.len() - "--\r\n".len();
    for len in 0..end {
        let error = read(TYPE, &whole.as_bytes()[..len]).unwrap_err();
        assert_eq!(error, MultipartError::Truncated, "{len}");
    }
}

#[test]
fn data_is_shared_with_the_body() {
    let bytes = Bytes::from(body(OBJECTS, DATA).into_bytes());
    let parts = Parts::read(TYPE, &bytes, MultipartLimits::default()).unwrap();
    let within = bytes.as_slice().as_ptr_range();
    assert!(within.contains(&parts.data[0].as_slice().as_ptr()));
}

fn in_parts(objects: &[u8], data: Vec<Bytes>) -> Answer {
    let payload = Payload {
        codec: Codec::ITwinJson,
        bytes: Bytes::copy_from_slice(objects),
        attachments: data,
    };
    answer_with(Fulfillment::Resolved(payload), 2, AnswerSettings::default())
}

#[test]
fn no_data_can_end_its_part() {
    let mut data = Vec::new();
    for _ in 0..5 {
        // Who knows how the boundary is chosen puts the last one into the data.
        let answer = in_parts(
            b"[]",
            [data.clone(), vec![Bytes::new(), Bytes::new()]].concat(),
        );
        let content_type = header(&answer.headers, "content-type").to_owned();
        let boundary = content_type.split_once("boundary=").unwrap().1;
        let count = data.len() + 2;
        let parts = read(&content_type, &answer.body.into_bytes()).unwrap();
        assert_eq!(
            (parts.data.len(), &parts.data[..data.len()]),
            (count, &data[..])
        );
        data.push(format!("\r\n--{boundary}--\r\n").into_bytes().into());
    }
}

proptest! {
    #[test]
    fn parts_come_back(
        objects in vec(any::<u8>(), 0..40),
        data in vec(vec(select(vec![b'\r', b'\n', b'-', b't', 0]), 0..30), 2..6),
    ) {
        let data: Vec<Bytes> = data.into_iter().map(Bytes::from).collect();
        let answer = in_parts(&objects, data.clone());
        let content_type = header(&answer.headers, "content-type");
        let parts = read(content_type, &answer.body.clone().into_bytes()).unwrap();
        prop_assert_eq!(parts.objects, Some(Bytes::from(objects)));
        prop_assert_eq!(parts.data, data);
    }

    #[test]
    fn any_bytes_are_parts_or_an_error(
        words in vec(select(vec![
            "--xx", "--xx--", "\r\n", "\r", "\n", OBJECTS, DATA, ": ", "a", "--", " ", "\r\n\r\n",
        ]), 0..24),
    ) {
        let body = words.concat();
        if let Ok(parts) = read(TYPE, body.as_bytes()) {
            let len: usize = parts.data.iter().chain(&parts.objects).map(|part| part.len()).sum();
            prop_assert!(len <= body.len());
        }
    }
}
