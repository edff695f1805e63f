//! Literal bytes of every frame and ending, read and written.
//!
//! Each test names the table of `docs/wire.md` that it pins.

use twinbridge_common::{
    ipc::Refusal,
    wire::{
        Build, Bye, ByeCode, Bytes, ChannelName, ClientKind, Codec, DeclaredInterface, Ending,
        Frame, Hello, HelloBody, Limits, Metadata, MethodName, Notification, Part, Payload, Reply,
        Request, Stamps, Verdict, Welcome, WelcomeBody,
    },
};

use crate::bytes;

const NOTES: ChannelName = ChannelName::literal("notes");
const READ: MethodName = MethodName::literal("read");

/// The frame has these bytes, and these bytes are the frame.
#[track_caller]
fn check(words: &str, frame: &Frame) {
    let expected = bytes(words);
    assert_eq!(Bytes::from(frame.to_bytes()), expected, "written");
    assert_eq!(Frame::read(&expected).as_ref(), Ok(frame), "read");
}

/// These bytes are no frame, for this reason.
#[track_caller]
fn refuse(words: &str, reason: &str) {
    let error = Frame::read(&bytes(words)).unwrap_err();
    assert_eq!(error.to_string(), format!("not a frame: {reason}"));
}

fn three() -> Payload {
    Payload::encode(Codec::MessagePack, &(3,)).unwrap()
}

#[test]
fn a_request_on_the_wire() {
    // Request: kind, call, deadline, channel, method, entries; the payload's codec and count.
    let mut request = Request {
        call: 7,
        deadline_ms: 250,
        channel: NOTES,
        method: READ,
        metadata: Metadata::default(),
        arguments: three(),
    };
    check(
        "03 07000000 fa000000 05 'notes' 04 'read' 0000  01 00000000 9103",
        &Frame::Request(request.clone()),
    );
    assert!(request.metadata.insert("id", "é"));
    assert!(request.metadata.insert("x", ""));
    check(
        "03 07000000 fa000000 05 'notes' 04 'read' 0200 02 'id' 0200 c3a9 01 'x' 0000
         01 00000000 9103",
        &Frame::Request(request),
    );
}

#[test]
fn of_two_entries_of_one_name_the_later_counts_and_too_many_are_refused() {
    let twice = "03 00000000 00000000 01 'a' 01 'b' 0200 01 'x' 0100 '1' 01 'x' 0100 '2'
                 01 00000000 90";
    let Frame::Request(request) = Frame::read(&bytes(twice)).unwrap() else {
        panic!("not a request");
    };
    assert_eq!(request.metadata.iter().collect::<Vec<_>>(), [("x", "2")]);
    refuse(
        "03 00000000 00000000 01 'a' 01 'b' 0001",
        "more metadata than a request may have at byte 15 of 15",
    );
    let mut full = Metadata::default();
    for number in 0..Metadata::MAX_ENTRIES {
        assert!(full.insert(&number.to_string(), ""));
    }
    assert!(!full.insert("one more", ""));
    assert!(full.insert("7", "again"));
    assert!(!full.insert("7", &"x".repeat(65_536)));
    assert_eq!(full.get("7"), Some("again"));
}

#[test]
fn payloads_on_the_wire() {
    // Payloads: codec, count, lengths, attachments, value.
    let item = Payload {
        codec: Codec::Json,
        bytes: Bytes::from(b"[1]"),
        attachments: vec![Bytes::from(b"ab"), Bytes::new(), Bytes::from(b"c")],
    };
    check(
        "07 01000000  02 03000000 02000000 00000000 01000000 'ab' 'c' '[1]'",
        &Frame::StreamItem { call: 1, item },
    );
    refuse("07 01000000 04", "unknown codec at byte 6 of 6");
    refuse(
        "07 01000000 02 ffffffff 00000000",
        "more attachments than bytes at byte 10 of 14",
    );
    refuse(
        "07 01000000 02 01000000 ffffffff '[1]'",
        "cut short at byte 14 of 17",
    );
}

#[test]
fn the_stamps_of_a_call_on_the_wire() {
    // Stamps: kind, call, arrived, started, ended, replied.
    let stamps = Stamps {
        arrived_us: 1,
        started_us: 0x0203,
        ended_us: 4_000_000_000_000,
        replied_us: u64::MAX,
    };
    check(
        "0c 09000000  0100000000000000 0302000000000000 00409452a3030000 ffffffffffffffff",
        &Frame::Stamps { call: 9, stamps },
    );
    refuse(
        "0c 09000000  0100000000000000 0200000000000000 0300000000000000 04000000000000",
        "cut short at byte 29 of 36",
    );
    // How a caller asks: an entry of the request's metadata.
    let mut request = Request {
        call: 9,
        deadline_ms: 0,
        channel: NOTES,
        method: READ,
        metadata: Metadata::default(),
        arguments: three(),
    };
    assert!(request.metadata.insert(Stamps::ASKED, ""));
    check(
        "03 09000000 00000000 05 'notes' 04 'read' 0100 06 'stamps' 0000  01 00000000 9103",
        &Frame::Request(request),
    );
}

#[test]
fn every_ending_on_the_wire() {
    // Endings: 0 Done, 1 Failed, 2 Refused, 3 Streaming, each in a Reply.
    let reply = |ending| Frame::Reply(Reply { call: 9, ending });
    check(
        "04 09000000  00  01 00000000 9103",
        &reply(Ending::Done(three())),
    );
    let failed = |payload| Ending::Failed {
        scope: "files".into(),
        key: "not-open".into(),
        number: 65_574,
        message: "gone".into(),
        payload,
    };
    check(
        "04 09000000  01 05 'files' 08 'not-open' 26000100 0400 'gone'",
        &reply(failed(None)),
    );
    check(
        "04 09000000  01 05 'files' 08 'not-open' 26000100 0400 'gone'  01 00000000 9103",
        &reply(failed(Some(three()))),
    );
    let payload = Payload::encode(Codec::Json, &Refusal::Cancelled).unwrap();
    let text = "over".into();
    check(
        r#"04 09000000  02 0400 'over'  02 00000000 '"cancelled"'"#,
        &reply(Ending::Refused { text, payload }),
    );
    check("04 09000000  03", &reply(Ending::Streaming));
    refuse("04 09000000  04", "unknown ending at byte 6 of 6");
    refuse("04 09000000  03 00", "surplus bytes at byte 6 of 7");
}

#[test]
fn messages_cancels_and_streams_on_the_wire() {
    // Notification.
    check(
        "05 05 'notes' 07 'changed'  01 00000000 9103",
        &Frame::Notification(Notification {
            channel: NOTES,
            name: MethodName::literal("changed"),
            arguments: three(),
        }),
    );
    // Cancel.
    check("06 ffffffff", &Frame::Cancel { call: u32::MAX });
    // StreamItem.
    check(
        "07 02000000  01 00000000 9103",
        &Frame::StreamItem {
            call: 2,
            item: three(),
        },
    );
    // StreamCredit.
    check(
        "08 02000000 10000000 00000100",
        &Frame::StreamCredit {
            call: 2,
            items: 16,
            bytes: 65_536,
        },
    );
    // StreamEnd, without and with a failure.
    let failure = None;
    check("09 02000000", &Frame::StreamEnd { call: 2, failure });
    let failure = Some(Ending::Refused {
        text: "".into(),
        payload: Payload::unit(Codec::MessagePack),
    });
    check(
        "09 02000000  02 0000 01 00000000 c0",
        &Frame::StreamEnd { call: 2, failure },
    );
}

#[test]
fn parts_and_goodbyes_on_the_wire() {
    // Part.
    check(
        "0a 05000000 00000200 'piece'",
        &Frame::Part(Part {
            message: 5,
            total: 131_072,
            piece: Bytes::from(b"piece"),
        }),
    );
    // Bye, with each reason.
    for (number, code) in [
        ("00", ByeCode::Closed),
        ("01", ByeCode::Panicked),
        ("02", ByeCode::Protocol),
        ("03", ByeCode::Pipe),
    ] {
        let text = "why".into();
        check(
            &format!("0b {number} 'why'"),
            &Frame::Bye(Bye { code, text }),
        );
    }
    refuse("0b 04", "unknown reason at byte 2 of 2");
    refuse("0b 00 ff", "text that is not UTF-8 at byte 3 of 3");
}

const LIMITS: &str = concat!(
    r#"{"maxFrameBytes":2097152,"maxMessageBytes":134217728,"maxNotificationBytes":262144,"#,
    r#""maxRunningCalls":4096,"maxOpenStreams":1024,"#,
    r#""streamItems":8192,"streamBytes":4194304,"#,
    r#""maxQueuedBytes":268435456,"maxQueuedNotificationBytes":8388608}"#
);

const PRINT: &str = "9728f696a31b9c86";

#[test]
fn a_greeting_on_the_wire() {
    // Hello: kind, magic, protocol, body.
    let body = HelloBody {
        client: ClientKind::Rust,
        limits: Limits::default(),
        interfaces: vec![DeclaredInterface {
            channel: NOTES,
            version: "1.0.0".to_owned(),
            fingerprint: PRINT.parse().unwrap(),
        }],
    };
    let json = format!(
        r#"'{{"client":"rust","limits":{LIMITS},"interfaces":[{{"channel":"notes","version":"1.0.0","fingerprint":"{PRINT}"}}]}}'"#
    );
    let protocol = 1;
    check(
        &format!("01 'TWBR' 0100 {json}"),
        &Frame::Hello(Hello { protocol, body }),
    );
    refuse(
        "01 'TWBS' 0100 '{}'",
        "no Twinbridge greeting at byte 5 of 9",
    );
    refuse(
        "01 'TWBR' 0100 '[3]'",
        "not the JSON of a handshake at byte 7 of 10",
    );
}

#[test]
fn a_greeting_of_any_age_is_read() {
    let read = |words: &str| match Frame::read(&bytes(words)).unwrap() {
        Frame::Hello(hello) => hello,
        other => panic!("{other:?}"),
    };
    assert_eq!(read("01 'TWBR' 0100 '{}'").body, HelloBody::default());
    let younger =
        read(r#"01 'TWBR' 0100 '{"client":"martian","novelty":[{}],"limits":{"new":1}}'"#);
    assert_eq!(younger.body, HelloBody::default());
    // Of another protocol the number is told, whatever the rest has become.
    for rest in ["", "'{}'", r#"'{"interfaces":7}'"#, "ff00"] {
        let stranger = read(&format!("01 'TWBR' 0200 {rest}"));
        assert_eq!(
            (stranger.protocol, stranger.body),
            (2, HelloBody::default())
        );
    }
}

#[test]
fn a_welcome_on_the_wire() {
    // Welcome: kind, protocol, body.
    let build = |version: &str, fingerprint: Option<&str>| Build {
        version: version.to_owned(),
        fingerprint: fingerprint.map(|text| text.parse().unwrap()),
    };
    let verdict = |backend, fits| Verdict {
        channel: NOTES,
        frontend: build("1.0.0", Some(PRINT)),
        backend,
        fits,
    };
    let body = WelcomeBody {
        session: 5,
        limits: Limits::default(),
        verdicts: vec![
            verdict(Some(build("1.0.0", None)), true),
            verdict(None, false),
        ],
    };
    let frontend = format!(r#""frontend":{{"version":"1.0.0","fingerprint":"{PRINT}"}}"#);
    let json = format!(
        r#"'{{"session":5,"limits":{LIMITS},"verdicts":[{{"channel":"notes",{frontend},"backend":{{"version":"1.0.0","fingerprint":null}},"fits":true}},{{"channel":"notes",{frontend},"backend":null,"fits":false}}]}}'"#
    );
    let protocol = 1;
    check(
        &format!("02 0100 {json}"),
        &Frame::Welcome(Welcome { protocol, body }),
    );
}

#[test]
fn other_kinds_of_frame_are_refused() {
    refuse("", "cut short at byte 0 of 0");
    for kind in [0, 13, 255] {
        refuse(
            &format!("{kind:02x} 00000000"),
            "unknown kind of frame at byte 1 of 5",
        );
    }
    refuse("05 00", "not a name at byte 2 of 2");
    refuse("05 01 20", "not a name at byte 3 of 3");
}
