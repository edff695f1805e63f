//! Frames that no well-behaved peer sends: the session ends with a reason, and only that one.

use twinbridge_common::{
    Bytes,
    wire::{Ending, Frame, Limits, Notification, PROTOCOL, Part, Reply},
};

use crate::support::{Bench, NOTHING, Raw, WorkClient, arguments, hello, request, words};

/// The session of a page that sends these bytes after its greeting ends, in these words.
fn ends_the_session(limits: Limits, frames: &[Bytes], what: &str) {
    let bench = Bench::with(limits);
    let raw = Raw::greeted(&bench.pair);
    for frame in frames {
        raw.send_bytes(frame.clone());
    }
    raw.was_ended(&bench.pair, what);
    // Whatever it goes on to send is not looked at.
    raw.send(&request(9, "work", "add", arguments(&(1, 2))));
    assert_eq!(raw.frames(&bench.pair), []);
    bench.is_logged_once(&format!(
        "the session ended, window: \"raw\", reason: the peer broke the protocol: {what}"
    ));
}

fn bytes(frame: &Frame) -> Bytes {
    frame.to_bytes().into()
}

#[test]
fn garbage_ends_the_session() {
    for (garbage, what) in [
        (&b""[..], "not a frame: cut short at byte 0 of 0"),
        (b"\0", "not a frame: unknown kind of frame at byte 1 of 1"),
        (
            b"\xff\xff\xff",
            "not a frame: unknown kind of frame at byte 1 of 3",
        ),
        (
            b"GET / HTTP/1.1\r\n\r\n",
            "not a frame: unknown kind of frame at byte 1 of 18",
        ),
        (
            b"\x01XXXX\x01\x00{}",
            "not a frame: no Twinbridge greeting at byte 5 of 9",
        ),
        (
            b"\x06\x01\0\0\0more",
            "not a frame: surplus bytes at byte 5 of 9",
        ),
        (b"\x0b\x09", "not a frame: unknown reason at byte 2 of 2"),
    ] {
        ends_the_session(Limits::default(), &[garbage.into()], what);
    }
}

#[test]
fn a_request_cut_anywhere_ends_its_session_or_is_refused_and_never_runs() {
    let whole = bytes(&request(1, "work", "add", arguments(&(1, 2))));
    let bench = Bench::new();
    let mut refused = 0;
    for len in 0..whole.len() {
        let raw = Raw::greeted(&bench.pair);
        raw.send_bytes(whole.slice(0..len));
        match &raw.frames(&bench.pair)[..] {
            [Frame::Bye(bye)] => {
                assert!(bye.text.starts_with("not a frame: "), "{}", bye.text);
            }
            [
                Frame::Reply(Reply {
                    ending: Ending::Refused { text, .. },
                    ..
                }),
            ] => {
                assert!(text.starts_with("work.add: "), "{text}");
                refused += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    // Only a cut between the arguments leaves a whole frame.
    assert_eq!(refused, 3);
    assert_eq!(bench.log.problems().len(), whole.len());
    bench.others_are_undisturbed();
}

#[test]
fn an_oversized_frame_ends_the_session_unread() {
    let frame = vec![0; 2 * 1024 * 1024 + 1];
    ends_the_session(
        Limits::default(),
        &[frame.into()],
        "a frame of 2097153 bytes exceeds the limit of 2097152 bytes",
    );
}

fn small_messages() -> Limits {
    let mut limits = Limits::default();
    limits.max_message_bytes = 1024 * 1024;
    limits
}

fn part(message: u32, total: u32, piece: &[u8]) -> Bytes {
    bytes(&Frame::Part(Part {
        message,
        total,
        piece: piece.to_vec().into(),
    }))
}

#[test]
fn an_oversized_message_of_a_lying_peer_ends_the_session_at_its_first_piece() {
    ends_the_session(
        small_messages(),
        &[part(1, 1024 * 1024 + 1, b"a")],
        "a message of 1048577 bytes exceeds the limit of 1048576 bytes",
    );
}

#[test]
fn pieces_that_do_not_fit_end_the_session() {
    ends_the_session(
        Limits::default(),
        &[part(1, 4, b"abc"), part(1, 4, b"de")],
        "more pieces came than the message of 4 bytes has",
    );
    ends_the_session(
        Limits::default(),
        &[part(1, 4, b"")],
        "more pieces came than the message of 4 bytes has",
    );
    let inner = part(2, 4, b"abcd");
    let total = u32::try_from(inner.len()).unwrap();
    ends_the_session(
        Limits::default(),
        &[part(1, total, &inner)],
        "a frame came in pieces that may not",
    );
    ends_the_session(
        Limits::default(),
        &[part(1, 3, b"\xff\xff\xff")],
        "not a frame: unknown kind of frame at byte 1 of 3",
    );
}

#[test]
fn pieces_may_hold_no_more_than_four_of_the_largest_messages() {
    let piece = vec![0; 256 * 1024];
    let pieces: Vec<_> = (0..17).map(|n| part(n, 1024 * 1024, &piece)).collect();
    ends_the_session(
        small_messages(),
        &pieces,
        "4456448 bytes of unfinished messages, the limit is 4194304",
    );
}

#[test]
fn an_oversized_message_of_an_honest_caller_is_an_error_and_the_session_goes_on() {
    let bench = Bench::with(small_messages());
    let page = bench.page();
    let work: WorkClient = page.client().unwrap();
    let large = Bytes::from(vec![0; 1024 * 1024]);
    assert_eq!(
        words(bench.pair.run(work.echo(large))),
        "a message of 1048582 bytes exceeds the limit of 1048576 bytes"
    );
    assert_eq!(bench.pair.run(work.add(1, 2)).unwrap(), 3);
    assert_eq!(bench.log.problems(), [""; 0]);
}

#[test]
fn an_oversized_result_of_a_handler_is_a_refusal_and_the_session_goes_on() {
    let bench = Bench::new();
    let mut limits = Limits::default();
    limits.max_message_bytes = 1024 * 1024;
    let raw = Raw::connect(&bench.pair);
    let Frame::Hello(mut greeting) = hello(PROTOCOL) else {
        unreachable!("it is a greeting");
    };
    greeting.body.limits = limits;
    raw.send(&Frame::Hello(greeting));
    raw.frames(&bench.pair);
    let call = request(1, "work", "bytes", arguments(&(2 * 1024 * 1024,)));
    let text = "a message of 2097157 bytes exceeds the limit of 1048576 bytes";
    assert_eq!(raw.refusal(&bench.pair, &call), text);
    assert_eq!(raw.endpoint.ended(), None);
    bench.is_logged_once(&format!(
        "a call was refused, window: \"raw\", refusal: {text}"
    ));
}

#[test]
fn a_duplicate_call_id_ends_the_session_and_cancels_the_first() {
    let never = bytes(&request(7, "work", "never", arguments(&NOTHING)));
    ends_the_session(
        Limits::default(),
        &[never.clone(), never.clone()],
        "call 7 was asked for twice",
    );
    let bench = Bench::new();
    let raw = Raw::greeted(&bench.pair);
    raw.send_bytes(never.clone());
    raw.frames(&bench.pair);
    assert_eq!(bench.worker.running(), 1);
    raw.send_bytes(never);
    bench.pair.settle();
    assert_eq!(bench.worker.running(), 0);
}

#[test]
fn a_call_id_may_come_again_when_its_call_is_over() {
    let bench = Bench::new();
    let raw = Raw::greeted(&bench.pair);
    for _ in 0..2 {
        raw.send(&request(7, "work", "add", arguments(&(1, 2))));
        let frames = raw.frames(&bench.pair);
        assert!(
            matches!(&frames[..], [Frame::Reply(Reply { call: 7, .. })]),
            "{frames:?}"
        );
    }
}

#[test]
fn a_reply_to_nothing_is_ignored() {
    let bench = Bench::new();
    let raw = Raw::greeted(&bench.pair);
    raw.send(&Frame::Reply(Reply {
        call: 99,
        ending: Ending::Done(arguments(&1)),
    }));
    raw.send(&Frame::Cancel { call: 99 });
    assert_eq!(raw.frames(&bench.pair), []);
    assert_eq!(raw.endpoint.ended(), None);
    assert_eq!(bench.log.problems(), [""; 0]);
    bench.others_are_undisturbed();
}

fn message(len: usize) -> Frame {
    Frame::Notification(Notification {
        channel: "news".parse().unwrap(),
        name: "came".parse().unwrap(),
        arguments: arguments(&[Bytes::from(vec![0; len])]),
    })
}

#[test]
fn an_oversized_one_way_message_of_a_lying_peer_ends_the_session() {
    ends_the_session(
        Limits::default(),
        &[bytes(&message(256 * 1024))],
        "a message of 262150 bytes exceeds the limit of 262144 bytes",
    );
}

#[test]
fn a_one_way_message_before_the_handshake_ends_the_session() {
    let bench = Bench::new();
    let raw = Raw::connect(&bench.pair);
    raw.send(&message(1));
    raw.was_ended(&bench.pair, "a message came before the handshake ended");
    bench.others_are_undisturbed();
}

#[test]
fn what_waits_for_a_session_that_breaks_the_protocol_ends_with_the_reason() {
    let bench = Bench::new();
    let raw = Raw::greeted(&bench.pair);
    let caller = twinbridge_common::ipc::Caller::new(std::sync::Arc::new(raw.endpoint.clone()));
    let mut call = caller.call::<u32>("page".parse().unwrap(), "ask".parse().unwrap(), &NOTHING);
    crate::support::send(&mut call);
    raw.send_bytes(b"\0");
    assert_eq!(
        words(bench.pair.run(call)),
        "the session ended: the peer broke the protocol: not a frame: unknown kind of frame at byte 1 of 1"
    );
}
