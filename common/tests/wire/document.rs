//! Holds `docs/wire.md` against the code.
//!
//! Reads the tables of the page and compares every kind, code, default and constant that it
//! states, so that neither can change alone. Other crates' constants are compared as source text.

use std::{fs, path::PathBuf};

use twinbridge_common::{
    ipc::Refusal,
    wire::{
        Bye, ByeCode, Bytes, ChannelName, Codec, DOWN_HEADER, Ending, Frame, Hello, HelloBody,
        Limits, Metadata, MethodName, Notification, PROTOCOL, Part, Payload, Reply, Request,
        Stamps, UP_HEADER, Welcome, WelcomeBody,
    },
};

pub(crate) fn file(path: &str) -> String {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The rows of the table under the first line that starts with `heading` and before the next
/// heading, whose first column's title is `first`; without its header.
pub(crate) fn table(page: &str, heading: &str, first: &str) -> Vec<Vec<String>> {
    let (_, section) = page
        .split_once(&format!("\n{heading}\n"))
        .unwrap_or_else(|| panic!("no heading {heading}"));
    let section = section.split("\n#").next().unwrap_or_default();
    let lines: Vec<&str> = section.lines().collect();
    // A row may start like the header that is looked for; only a header has a rule below it.
    let header = lines.windows(2).position(|pair| {
        pair[0].starts_with(&format!("| {first} |")) && pair[1].starts_with("|--")
    });
    let header = header.unwrap_or_else(|| panic!("{heading} has no table of {first}"));
    let rows: Vec<Vec<String>> = lines[header + 2..]
        .iter()
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            let inner = line.trim_matches('|');
            inner
                .split('|')
                .map(|cell| cell.trim().trim_matches('`').to_owned())
                .collect()
        })
        .collect();
    assert!(!rows.is_empty(), "{heading} has no table of {first}");
    rows
}

/// The first two columns of a table that says number and name.
fn numbers(page: &str, heading: &str, first: &str) -> Vec<(u8, String)> {
    table(page, heading, first)
        .into_iter()
        .map(|row| (row[0].parse().unwrap(), row[1].clone()))
        .collect()
}

/// The variant's name, from its debug form.
fn name(value: &impl std::fmt::Debug) -> String {
    let text = format!("{value:?}");
    let end = text.find(|c: char| !c.is_alphanumeric());
    text[..end.unwrap_or(text.len())].to_owned()
}

fn unit() -> Payload {
    Payload::unit(Codec::MessagePack)
}

fn every_ending() -> [Ending; 4] {
    [
        Ending::Done(unit()),
        Ending::Failed {
            scope: "".into(),
            key: "".into(),
            number: 0,
            message: "".into(),
            payload: None,
        },
        Ending::Refused {
            text: "".into(),
            payload: unit(),
        },
        Ending::Streaming,
    ]
}

fn every_frame() -> [Frame; 12] {
    let (channel, method) = (ChannelName::literal("a"), MethodName::literal("b"));
    [
        Frame::Hello(Hello {
            protocol: PROTOCOL,
            body: HelloBody::default(),
        }),
        Frame::Welcome(Welcome {
            protocol: PROTOCOL,
            body: WelcomeBody::default(),
        }),
        Frame::Request(Request {
            call: 0,
            deadline_ms: 0,
            channel: channel.clone(),
            method: method.clone(),
            metadata: Metadata::default(),
            arguments: unit(),
        }),
        Frame::Reply(Reply {
            call: 0,
            ending: Ending::Streaming,
        }),
        Frame::Notification(Notification {
            channel,
            name: method,
            arguments: unit(),
        }),
        Frame::Cancel { call: 0 },
        Frame::StreamItem {
            call: 0,
            item: unit(),
        },
        Frame::StreamCredit {
            call: 0,
            items: 0,
            bytes: 0,
        },
        Frame::StreamEnd {
            call: 0,
            failure: None,
        },
        Frame::Part(Part {
            message: 0,
            total: 0,
            piece: Bytes::new(),
        }),
        Frame::Bye(Bye {
            code: ByeCode::Closed,
            text: "".into(),
        }),
        Frame::Stamps {
            call: 0,
            stamps: Stamps::default(),
        },
    ]
}

#[test]
fn the_page_states_the_numbers_of_the_code() {
    let page = file("docs/wire.md");
    let frames = every_frame().map(|frame| (frame.to_bytes()[0], name(&frame)));
    assert_eq!(numbers(&page, "## Frames", "kind"), frames);
    for (number, name) in frames {
        let heading = format!("### {name}\n");
        let (_, section) = page
            .split_once(&heading)
            .expect("every frame has a section");
        let kind = section.lines().find(|line| line.contains("| kind |"));
        let stated = kind.unwrap_or_default().trim_end_matches('|').trim_end();
        assert!(stated.ends_with(&format!("| {number}")), "{name}: {stated}");
    }
    let endings = every_ending().map(|ending| {
        let name = name(&ending);
        (Frame::Reply(Reply { call: 0, ending }).to_bytes()[5], name)
    });
    assert_eq!(numbers(&page, "### Endings", "number"), endings);
    let codes = [
        ByeCode::Closed,
        ByeCode::Panicked,
        ByeCode::Protocol,
        ByeCode::Pipe,
    ];
    assert_eq!(
        numbers(&page, "### Bye", "number"),
        codes.map(|code| (code as u8, name(&code)))
    );
    assert_eq!(
        numbers(&page, "## Payloads", "codec"),
        [Codec::MessagePack, Codec::Json, Codec::ITwinJson]
            .map(|codec| (codec.number(), name(&codec)))
    );
}

#[test]
fn the_page_states_the_sizes_and_limits_of_the_code() {
    let page = file("docs/wire.md");
    for sentence in [
        format!("The protocol's number is **{PROTOCOL}**."),
        format!("### Up\n\nThe header has {UP_HEADER} bytes."),
        format!("### Down\n\nThe header has {DOWN_HEADER} bytes."),
        format!("entries of metadata, {} at most", Metadata::MAX_ENTRIES),
        format!("1 to {} bytes of visible ASCII", ChannelName::MAX_LEN),
    ] {
        assert!(page.contains(&sentence), "{sentence}");
    }
    let stated = |page: &str, heading: &str, first: &str| {
        let rows = table(page, heading, first).into_iter();
        let mut stated: Vec<(String, u64)> = rows
            .map(|row| (row[0].clone(), row[1].parse().unwrap()))
            .collect();
        stated.sort();
        stated
    };
    let limits = serde_json::to_value(Limits::default()).unwrap();
    let mut defaults: Vec<(String, u64)> = limits
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.clone(), value.as_u64().unwrap()))
        .collect();
    // The order of an object's members depends on features of `serde_json`.
    defaults.sort();
    assert_eq!(stated(&page, "### Limits", "member"), defaults);
    // The page for app authors says the same.
    let sessions = file("docs/sessions.md");
    assert_eq!(stated(&sessions, "## Limits", "limit"), defaults);
}

#[test]
fn the_page_states_the_constants_of_the_bridge() {
    let page = file("docs/wire.md");
    let heading = "### Numbers, acknowledgements, repetition";
    for row in table(&page, heading, "what") {
        let (path, constant) = row[2].split_once("`: `").expect("a file and a constant");
        assert!(file(path).contains(constant), "{path} has no {constant}");
    }
}

#[test]
fn the_page_shows_every_refusal() {
    let text = || "…".to_owned();
    let (channel, method) = (|| "notes".to_owned(), || "read".to_owned());
    let refusals = [
        Refusal::UnknownChannel { channel: channel() },
        Refusal::UnknownMethod {
            channel: channel(),
            method: method(),
        },
        Refusal::BadArgument {
            channel: channel(),
            method: method(),
            problem: text(),
        },
        Refusal::NotReady { channel: channel() },
        Refusal::VersionMismatch {
            channel: channel(),
            backend: "1.1.0".to_owned(),
            frontend: "1.0.0".to_owned(),
        },
        Refusal::Busy {
            running: 4096,
            limit: 4096,
        },
        Refusal::TooManyStreams {
            open: 1024,
            limit: 1024,
        },
        Refusal::NotRead {
            queued: 300_000_000,
            limit: 268_435_456,
        },
        Refusal::Deadline { after_ms: 250 },
        Refusal::Cancelled,
        Refusal::Panicked {
            channel: channel(),
            method: method(),
        },
        Refusal::NotAllowed {
            channel: channel(),
            window: "about".to_owned(),
        },
        Refusal::TooLarge {
            len: 134_217_729,
            max: 134_217_728,
        },
        Refusal::BadReply {
            channel: channel(),
            method: method(),
            problem: text(),
        },
    ];
    let shown: Vec<_> = table(&file("docs/wire.md"), "### Endings", "refusal")
        .into_iter()
        .map(|row| row[1].clone())
        .collect();
    assert_eq!(
        shown,
        refusals.map(|refusal| serde_json::to_string(&refusal).unwrap())
    );
}
