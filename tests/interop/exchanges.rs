//! Single requests, byte for byte, to the real server and to ours.
//!
//! What the real clients never send, or only in another version: versions of interfaces, generations
//! of the protocol, compression, and what is malformed. Status, type, version and body are compared.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use crate::process::Server;

/// An answer, as far as it is compared.
#[derive(Debug, PartialEq)]
struct Answer {
    status: u16,
    /// `X-Protocol-Version`.
    version: Option<String>,
    /// `Content-Type` without parameters.
    kind: Option<String>,
    /// `Content-Encoding`.
    encoding: Option<String>,
    /// `Cache-Control`.
    cache: Option<String>,
    body: Vec<u8>,
}

/// A request: what is asked for, further headers, a body.
struct Asked<'a> {
    method: &'a str,
    path: &'a str,
    headers: &'a [(&'a str, &'a str)],
    body: &'a str,
}

const PLACE: &str = "/probe/v1.0/mode/1/context//imodel//changeset/0/";

/// A call in text, of generation 2.
fn call<'a>(path: &'a str, body: &'a str) -> Asked<'a> {
    Asked {
        method: "POST",
        path,
        headers: &[
            ("X-Protocol-Version", "2"),
            ("X-Correlation-Id", "1"),
            ("Content-Type", "text/plain"),
        ],
        body,
    }
}

impl Asked<'_> {
    fn of(&self, server: &Server) -> Answer {
        let address = server.address().strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        let Self {
            method, path, body, ..
        } = self;
        let path = if path.starts_with('/') {
            (*path).to_owned()
        } else {
            format!("{PLACE}{path}")
        };
        let mut text =
            format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
        for (name, value) in self.headers {
            text += &format!("{name}: {value}\r\n");
        }
        text += &format!("Content-Length: {}\r\n\r\n{body}", body.len());
        stream.write_all(text.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        read(&answer)
    }
}

fn read(answer: &[u8]) -> Answer {
    let at = answer.windows(4).position(|four| four == b"\r\n\r\n");
    let at = at.unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(answer)));
    let head = std::str::from_utf8(&answer[..at]).unwrap();
    let header = |wanted: &str| {
        head.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case(wanted).then(|| value.to_owned())
        })
    };
    assert_eq!(
        header("Transfer-Encoding"),
        None,
        "no body here is streamed"
    );
    Answer {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        version: header("X-Protocol-Version"),
        kind: header("Content-Type").map(|kind| kind.split(';').next().unwrap().to_owned()),
        encoding: header("Content-Encoding"),
        cache: header("Cache-Control"),
        body: answer[at + 4..].to_vec(),
    }
}

fn assert_alike(name: &str, asked: &Asked<'_>, real: &Server, ours: &Server) -> Answer {
    let (theirs, ours) = (asked.of(real), asked.of(ours));
    assert_eq!(ours, theirs, "{name}");
    ours
}

#[test]
fn every_version_fits_or_not_as_with_the_real_server() {
    let (real, ours) = (Server::real(), Server::ours());
    for (version, fits) in [
        ("1.2.3", true),
        ("1.2.2", true),
        ("1.2.9", true),
        ("1.1.0", true),
        ("1.1.99", true),
        ("1.0.0", true),
        ("1.3.0", false),
        ("0.2.3", false),
        ("2.2.3", false),
        ("2.0.0", false),
        ("1.2.3-alpha", false),
        ("v1.2.3", false),
        ("1.2", true),
        ("1", false),
        ("kash", false),
        ("1.2.3+build", true),
        ("0.0.0", false),
        ("99999999999999999999.0.0", false),
    ] {
        let path = format!("ProbeRpc-{version}-num");
        let asked = call(&path, "[2,3]");
        let (theirs, ours) = (asked.of(&real), asked.of(&ours));
        // Errors are 403 there, which its clients know nothing of; the text is the same.
        let statuses = if fits { (200, 200) } else { (403, 500) };
        assert_eq!((theirs.status, ours.status), statuses, "{version}");
        let body = |answer: &Answer| without_id(&answer.body);
        assert_eq!(body(&ours), body(&theirs), "{version}");
    }
}

/// An error's JSON without the scope and key that ours says of every error.
fn without_id(body: &[u8]) -> serde_json::Value {
    let mut value: serde_json::Value = serde_json::from_slice(body).unwrap();
    if let Some(members) = value.as_object_mut() {
        members.remove("iTwinErrorId");
    }
    value
}

#[test]
fn each_generation_of_the_protocol_gets_its_form_of_an_answer() {
    let (real, ours) = (Server::real(), Server::ours());
    for generation in [None, Some("0"), Some("1"), Some("2"), Some("3")] {
        let mut headers = vec![("X-Correlation-Id", "1"), ("Content-Type", "text/plain")];
        headers.extend(generation.map(|generation| ("X-Protocol-Version", generation)));
        for (path, body) in [
            ("ProbeRpc-1.2.3-num", "[2,3]"),
            ("ProbeRpc-1.2.3-nothing", "[]"),
            ("ProbeRpc-1.2.3-nul", "[]"),
            ("ProbeRpc-1.2.3-slow", r#"["generations",999]"#),
            ("ProbeRpc-1.2.3-find", r#"["nobody"]"#),
            ("ProbeRpc-1.2.3-empty", "[]"),
        ] {
            let asked = Asked {
                method: "POST",
                path,
                headers: &headers,
                body,
            };
            assert_alike(&format!("{path} {generation:?}"), &asked, &real, &ours);
        }
        // Not in words: the real error has a few members of its own.
        let asked = Asked {
            method: "POST",
            path: "ProbeRpc-1.2.3-noContent",
            headers: &headers,
            body: "[]",
        };
        let (theirs, ours) = (asked.of(&real), asked.of(&ours));
        assert_eq!(ours.status, theirs.status, "no content, {generation:?}");
    }
}

#[test]
fn answers_are_compressed_for_exactly_those_who_accept_it() {
    let (real, ours) = (Server::real(), Server::ours());
    for (accepted, encoding) in [
        ("br", Some("br")),
        ("gzip", Some("gzip")),
        ("gzip, deflate, br", Some("br")),
        ("gzip,br;q=0.5", Some("gzip")),
        ("gzip;q=1", None),
        ("identity", None),
        ("deflate", None),
        ("BR", None),
        ("*", None),
    ] {
        for (path, body) in [
            ("ProbeRpc-1.2.3-num", "[2,3]"),
            ("ProbeRpc-1.2.3-nothing", "[]"),
            ("ProbeRpc-1.2.3-fail", r#"["byName"]"#),
        ] {
            let asked = Asked {
                method: "POST",
                path,
                headers: &[
                    ("X-Protocol-Version", "2"),
                    ("X-Correlation-Id", "1"),
                    ("Content-Type", "text/plain"),
                    ("Accept-Encoding", accepted),
                ],
                body,
            };
            for server in [&real, &ours] {
                let answer = asked.of(server);
                assert_eq!(answer.encoding.as_deref(), encoding, "{path} {accepted}");
            }
        }
    }
}

#[test]
fn arguments_in_an_address_are_read_as_the_real_server_reads_them() {
    let (real, ours) = (Server::real(), Server::ours());
    let get = |path| Asked {
        method: "GET",
        path,
        headers: &[("X-Protocol-Version", "2"), ("X-Correlation-Id", "1")],
        body: "",
    };
    for path in [
        // ["k1"], with and without its padding encoded
        "ProbeRpc-1.2.3-cached?parameters=WyJrMSJd",
        "ProbeRpc-1.2.3-cached?parameters=WyJrMTEiXQ%3D%3D",
    ] {
        let answer = assert_alike(path, &get(path), &real, &ours);
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.cache.is_some(), "{path}");
    }
    // [2,3]: any operation may be asked so. The real server lets every answer be kept, ours those
    // of operations whose answers do not change.
    for path in [
        "ProbeRpc-1.2.3-num?parameters=WzIsM10%3D",
        "ProbeRpc-1.2.3-num/?parameters=WzIsM10%3D",
    ] {
        let (theirs, ours) = (get(path).of(&real), get(path).of(&ours));
        assert_eq!((theirs.status, &theirs.body), (200, &ours.body), "{path}");
        assert!(
            theirs
                .cache
                .is_some_and(|cache| cache.contains("immutable"))
        );
        assert_eq!(ours.cache.as_deref(), Some("no-store"), "{path}");
    }
    for path in [
        "ProbeRpc-1.2.3-cached?parameters=%21%21",
        "ProbeRpc-1.2.3-cached?parameters=a%20b",
    ] {
        let (theirs, ours) = (get(path).of(&real), get(path).of(&ours));
        assert_eq!((theirs.status, ours.status), (400, 400), "{path}");
        let ours: serde_json::Value = serde_json::from_slice(&ours.body).unwrap();
        let theirs: serde_json::Value = serde_json::from_slice(&theirs.body).unwrap();
        assert_eq!(ours, theirs, "{path}");
    }
}

#[test]
fn what_is_no_request_is_refused_and_the_server_goes_on() {
    let (real, ours) = (Server::real(), Server::ours());
    // No id: the one thing that every request has.
    let nameless = Asked {
        method: "POST",
        path: "ProbeRpc-1.2.3-num",
        headers: &[("X-Protocol-Version", "2"), ("Content-Type", "text/plain")],
        body: "[2,3]",
    };
    let (theirs, own) = (nameless.of(&real), nameless.of(&ours));
    assert_eq!((theirs.status, own.status), (400, 400));
    assert_eq!((&theirs.version, &own.version), (&None, &None));
    assert_eq!(own.body, theirs.body);

    for (path, body) in [
        ("ProbeRpc-1.2.3-num", "[2,"),
        ("ProbeRpc-1.2.3-num", "<html>"),
        ("UnknownRpc-1.0.0-answer", "[]"),
        ("ProbeRpc-1.2.3-absent", "[]"),
    ] {
        let asked = call(path, body);
        let (theirs, ours) = (asked.of(&real), asked.of(&ours));
        assert_eq!((theirs.status, ours.status), (500, 500), "{path} {body}");
        assert_eq!(
            without_id(&ours.body),
            without_id(&theirs.body),
            "{path} {body}"
        );
    }
    assert_alike(
        "afterwards",
        &call("ProbeRpc-1.2.3-num", "[2,3]"),
        &real,
        &ours,
    );
}

#[test]
fn the_control_channel_lists_what_the_real_one_lists_whatever_it_is_called() {
    let (real, ours) = (Server::real(), Server::ours());
    for path in [
        "/probe/v1.0/mode/1/context/none/imodel/none/changeset/none/UHJvYmVScGNAMS4yLjM=-CONTROL-describeEndpoints",
        "SW5pdGlhbGl6ZUludGVyZmFjZUAxLjAuMA==-CONTROL-describeEndpoints",
        "x-CONTROL-describeEndpoints",
    ] {
        let answer = assert_alike(path, &call(path, "[]"), &real, &ours);
        let endpoints: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(endpoints[0]["interfaceName"], "ProbeRpc");
    }
}
