//! Answers that are compressed, and those that are not.

use std::io::Read as _;

use crate::support::{Reply, Server, post};

fn unpacked(reply: &Reply) -> Vec<u8> {
    let mut whole = Vec::new();
    match reply.header("content-encoding") {
        "br" => brotli::BrotliDecompress(&mut reply.body.as_slice(), &mut whole).unwrap(),
        "gzip" => {
            let mut reader = flate2::read::GzDecoder::new(reply.body.as_slice());
            reader.read_to_end(&mut whole).unwrap();
        }
        encoding => {
            assert_eq!(encoding, "");
            whole.clone_from(&reply.body);
        }
    }
    whole
}

fn ask(server: &Server, accepts: &str, operation: &str, body: &str) -> Reply {
    let accepts = format!("Accept-Encoding: {accepts}\r\n");
    let operation = format!("ProbeRpc-1.2.3-{operation}");
    server.ask(post(&operation, &accepts, "text/plain", body))
}

#[test]
fn every_answer_is_compressed_for_who_accepts_it() {
    let server = Server::start();
    for (accepts, encoding) in [
        ("gzip, deflate, br", "br"),
        ("gzip, deflate", "gzip"),
        ("deflate", ""),
        ("gzip;q=1", ""),
    ] {
        for (operation, arguments, status, body) in [
            ("num", "[2,3]", 200, "5"),
            ("nothing", "[]", 200, ""),
            ("pend", "[999]", 202, ""),
            ("other", "[\"error\"]", 500, "no such thing"),
        ] {
            let reply = ask(&server, accepts, operation, arguments);
            assert_eq!(
                (reply.status, reply.header("content-encoding")),
                (status, encoding)
            );
            let text = String::from_utf8(unpacked(&reply)).unwrap();
            assert!(text.contains(body), "{text}");
            assert_eq!(reply.header("content-length"), reply.body.len().to_string());
        }
    }
    let packed = ask(&server, "gzip", "num", "[2,3]").body;
    // As zlib under Node has it, to the byte.
    assert_eq!(packed[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
    assert_eq!(packed.len(), 21);
    let none = ask(&server, "br", "other", "[\"none\"]");
    assert_eq!((none.status, none.header("content-encoding")), (204, ""));
    let bad = ask(&server, "br", "", "[]");
    assert_eq!((bad.status, bad.header("content-encoding")), (400, ""));
}

#[test]
fn large_answers_come_back_whole() {
    let server = Server::start();
    let plain = ask(&server, "identity", "fill", "[3000000]");
    assert_eq!(plain.body.len(), 3_000_000);
    for accepts in ["br", "gzip"] {
        let packed = ask(&server, accepts, "fill", "[3000000]");
        assert_eq!(packed.header("content-encoding"), accepts);
        assert!(unpacked(&packed) == plain.body);
    }
}

#[test]
fn a_stream_is_compressed_as_it_comes() {
    let server = Server::start();
    let mut connection = server.connect();
    let accepts = "Accept-Encoding: br\r\n";
    connection.send(post("ProbeRpc-1.2.3-half", accepts, "text/plain", "[]"));
    let reply = connection.reply().unwrap();
    assert_eq!(reply.header("content-encoding"), "br");
    assert!(reply.is_cut_off, "it fails half-way");
    let mut reader = brotli::Decompressor::new(reply.body.as_slice(), 4096);
    let mut first = [0; 3];
    reader.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"one");
}
