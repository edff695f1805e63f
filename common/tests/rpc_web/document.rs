//! Holds `docs/rpc-web.md` against the code.
//!
//! Compares what the tables state: headers and their order, statuses, content types, limits,
//! times, what may be kept.

use std::fs;

use http::Method;
use twinbridge_common::{
    rpc::{
        RpcRequestStatus,
        web::{
            Answer, AnswerSettings, Asked, CONTROL_VERSION, Caching, DESCRIBE_ENDPOINTS,
            EXPOSED_HEADERS, Fulfillment, MAX_PARAMETERS, MESSAGE_PACK, MultipartLimits, Request,
            RequestHeaders, RequestLimits, Routing, STREAM, TOKEN_MISMATCH, WebClientOptions,
        },
    },
    wire::{Codec, Payload},
};

use super::{from_probe, header, json, operation, service};

fn page() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/rpc-web.md");
    fs::read_to_string(path).unwrap()
}

/// The rows of the table whose header starts with `first`, cell by cell.
fn rows(page: &str, heading: &str, first: &str) -> Vec<Vec<String>> {
    let (_, section) = page.split_once(&format!("\n{heading}\n")).unwrap();
    let section = section.split("\n#").next().unwrap();
    let lines = section.lines().skip_while(|line| !line.starts_with(first));
    let rows = lines.skip(2).take_while(|line| line.starts_with('|'));
    let rows: Vec<Vec<String>> = rows
        .map(|row| {
            let cells = row.trim_matches('|').split('|');
            cells
                .map(|cell| cell.trim().trim_matches('`').to_owned())
                .collect()
        })
        .collect();
    assert!(
        !rows.is_empty(),
        "{heading} has no table that starts with {first}"
    );
    rows
}

#[test]
fn the_page_lists_the_headers_in_their_order() {
    let mut sender = RequestHeaders {
        takes_message_pack: true,
        ..from_probe(2)
    };
    sender.activity.user_id = "user7".to_owned();
    let written = sender.write(None).unwrap();
    let stated = rows(&page(), "## Request headers", "| header |");
    let stated: Vec<&str> = stated.iter().map(|row| row[0].as_str()).collect();
    assert_eq!(
        written.keys().map(|name| name.as_str()).collect::<Vec<_>>(),
        stated
    );
}

#[test]
fn the_page_states_each_status() {
    let answers = RpcRequestStatus::ALL
        .into_iter()
        .filter(|status| status.http() != 501);
    let mut expected: Vec<(String, u16)> = answers
        .map(|status| (format!("{status:?}"), status.http()))
        .collect();
    let stated = rows(&page(), "## Answers", "| status |");
    let mut stated: Vec<(String, u16)> = stated
        .into_iter()
        .map(|row| (row[0].clone(), row[1].parse().unwrap()))
        .collect();
    expected.sort();
    stated.sort();
    assert_eq!(stated, expected);
}

#[test]
fn the_page_states_how_arguments_travel() {
    let bytes = json(
        r#"[{"isBinary":true,"index":0,"size":1,"chunks":1}]"#,
        &[&[1]],
    );
    let nested = json(
        r#"[[{"isBinary":true,"index":0,"size":1,"chunks":1}]]"#,
        &[&[1]],
    );
    let packed = Payload::encode(Codec::MessagePack, &[1]).unwrap();
    let cases = [
        (json("[1]", &[]), Caching::None),
        (bytes, Caching::None),
        (nested, Caching::None),
        (json("[1]", &[]), Caching::Immutable),
        (packed, Caching::None),
    ];
    let page = page();
    let stated = rows(&page, "## Arguments", "| arguments |");
    assert_eq!(stated.len(), cases.len());
    for ((arguments, caching), row) in cases.into_iter().zip(stated) {
        let outgoing = Request {
            service: &service(),
            routing: &Routing::default(),
            operation: &operation("num"),
            arguments: &arguments,
            headers: &from_probe(2),
            csrf: None,
            caching,
        };
        let outgoing = outgoing.write().unwrap();
        let content_type = header(&outgoing.headers, "content-type")
            .split(';')
            .next()
            .unwrap();
        let content_type = if outgoing.method == Method::GET {
            "none"
        } else {
            content_type
        };
        assert_eq!([outgoing.method.as_str(), content_type], [&row[1], &row[2]]);
    }
    assert!(page.contains(&format!("up to {MAX_PARAMETERS} characters")));
}

#[test]
fn the_page_states_what_may_be_kept() {
    for row in rows(&page(), "## Answers", "| operation |") {
        let operation = row[0].split('`').next().unwrap();
        let asked = Asked {
            headers: &from_probe(2),
            caching: Caching::Immutable,
            operation,
            codec: Codec::ITwinJson,
        };
        let result = Fulfillment::Resolved(json("1", &[]));
        let answer = Answer::write(&asked, result, None, AnswerSettings::default());
        assert_eq!(
            header(&answer.headers, "cache-control"),
            row[1],
            "{operation}"
        );
    }
}

#[test]
fn the_page_states_the_limits_and_names_of_the_code() {
    let page = page();
    let (limits, parts) = (RequestLimits::default(), MultipartLimits::default());
    for sentence in [
        format!(
            "a body above the limit, {} bytes by default",
            limits.max_body_bytes
        ),
        format!("more than {} parts", parts.max_parts),
        format!("headers of a part above {} bytes", parts.max_header_bytes),
        format!(
            "larger than {} bytes by default",
            WebClientOptions::default().max_reply_bytes
        ),
        format!("`{MESSAGE_PACK}`"),
        format!("`{STREAM}`"),
        format!("version `{CONTROL_VERSION}` and operation `{DESCRIBE_ENDPOINTS}`"),
        format!("`{EXPOSED_HEADERS}`"),
        format!("`{TOKEN_MISMATCH}`"),
    ] {
        assert!(page.contains(&sentence), "{sentence}");
    }
}
