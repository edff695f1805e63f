//! What leaves the outbox, and in which order.
//!
//! Frames go in by hand and come out by budget; nothing here knows of a session.

use super::*;
use crate::wire::{Codec, Ending, Notification, Payload, Reply, frames};

fn note(number: u32) -> Frame {
    Frame::Notification(Notification {
        channel: crate::wire::ChannelName::literal("notes"),
        name: format!("n{number}").parse().unwrap(),
        arguments: Payload::encode(Codec::MessagePack, &[0_u8; 0]).unwrap(),
    })
}

fn large(call: u32, len: usize) -> Frame {
    let result = Payload::encode(Codec::MessagePack, &Bytes::from(vec![7; len])).unwrap();
    Frame::Reply(Reply {
        call,
        ending: Ending::Done(result),
    })
}

fn taken(outbox: &mut Outbox, budget: usize) -> Vec<Frame> {
    let bytes = Bytes::from(outbox.take(budget, 2 * PIECE));
    frames(&bytes)
        .map(|frame| Frame::read(&frame.unwrap()).unwrap())
        .collect()
}

#[test]
fn small_frames_leave_in_the_order_they_came() {
    let mut outbox = Outbox::default();
    for number in 0..10 {
        outbox.push(note(number), None);
    }
    let mut all = taken(&mut outbox, 40);
    assert!(all.len() < 10);
    all.extend(taken(&mut outbox, usize::MAX));
    assert_eq!(all, (0..10).map(note).collect::<Vec<_>>());
    assert!(outbox.is_empty());
}

#[test]
fn a_large_reply_does_not_overtake_an_earlier_notification() {
    let mut outbox = Outbox::default();
    outbox.push(note(1), None);
    outbox.push(large(1, 3 * PIECE), None);
    let all = taken(&mut outbox, usize::MAX);
    assert_eq!(all[0], note(1));
    assert_eq!(all.len(), 5);
}

#[test]
fn a_one_way_message_is_never_split() {
    let mut outbox = Outbox::default();
    let data = Bytes::from(vec![7; 2 * PIECE]);
    let message = Frame::Notification(Notification {
        channel: crate::wire::ChannelName::literal("notes"),
        name: "large".parse().unwrap(),
        arguments: Payload::encode(Codec::MessagePack, &[data]).unwrap(),
    });
    outbox.push(message.clone(), None);
    assert_eq!(taken(&mut outbox, 1), [message]);
}

#[test]
fn a_small_frame_waits_for_one_piece_at_most() {
    let mut outbox = Outbox::default();
    outbox.push(large(1, 100 * PIECE), None);
    assert!(matches!(taken(&mut outbox, 1)[..], [Frame::Part(_)]));
    outbox.push(Frame::Cancel { call: 9 }, None);
    assert_eq!(taken(&mut outbox, 1)[0], Frame::Cancel { call: 9 });
}

#[test]
fn large_frames_take_turns() {
    let mut outbox = Outbox::default();
    outbox.push(large(1, 2 * PIECE), None);
    outbox.push(large(2, 2 * PIECE), None);
    let messages: Vec<u32> = taken(&mut outbox, usize::MAX)
        .iter()
        .map(|frame| match frame {
            Frame::Part(part) => part.message,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(messages, [0, 1, 0, 1, 0, 1]);
}

#[test]
fn a_withdrawn_request_leaves_no_more_pieces() {
    let mut outbox = Outbox::default();
    outbox.push(large(1, 10 * PIECE), Some(1));
    assert_eq!(taken(&mut outbox, 1).len(), 1);
    assert_eq!(outbox.withdraw(1), Withdrawn::Unsent);
    let rest = taken(&mut outbox, usize::MAX);
    assert_eq!(
        rest,
        [Frame::Part(Part {
            message: 0,
            total: 0,
            piece: Bytes::default()
        })]
    );
    assert_eq!(outbox.withdraw(1), Withdrawn::Sent);
    assert_eq!(outbox.len(), 0);
}

fn item(call: u32, len: usize) -> Frame {
    let item = Payload::encode(Codec::MessagePack, &Bytes::from(vec![7; len])).unwrap();
    Frame::StreamItem { call, item }
}

#[test]
fn nothing_of_a_stream_overtakes_its_large_item() {
    let mut outbox = Outbox::default();
    let end = Frame::StreamEnd {
        call: 1,
        failure: None,
    };
    outbox.push(item(1, 2 * PIECE), None);
    outbox.push(item(1, 1), None);
    outbox.push(item(2, 1), None);
    outbox.push(end.clone(), None);
    let all = taken(&mut outbox, usize::MAX);
    // The other stream's small item goes first: nothing keeps it.
    assert_eq!(all[0], item(2, 1));
    assert!(
        all[1..4]
            .iter()
            .all(|frame| matches!(frame, Frame::Part(_)))
    );
    assert_eq!(all[4..], [item(1, 1), end]);
    assert!(outbox.is_empty());
}

#[test]
fn a_withdrawn_stream_takes_back_what_has_not_left() {
    let mut outbox = Outbox::default();
    outbox.push(item(1, 2 * PIECE), None);
    outbox.push(item(1, 2 * PIECE), None);
    assert_eq!(taken(&mut outbox, 1).len(), 1);
    outbox.withdraw_stream(1);
    let rest = taken(&mut outbox, usize::MAX);
    assert!(
        matches!(rest[..], [Frame::Part(Part { total: 0, .. })]),
        "{rest:?}"
    );
}

#[test]
fn the_latest_message_takes_the_place_of_the_one_that_waits() {
    let mut outbox = Outbox::default();
    let name = || {
        (
            crate::wire::ChannelName::literal("notes"),
            "n".parse().unwrap(),
        )
    };
    outbox.push(note(1), None);
    assert!(!outbox.push_latest(name(), &note(2)));
    outbox.push(note(3), None);
    assert!(outbox.push_latest(name(), &note(4)));
    assert_eq!(taken(&mut outbox, usize::MAX), [note(1), note(4), note(3)]);
    assert!(!outbox.push_latest(name(), &note(5)));
    assert_eq!(taken(&mut outbox, usize::MAX), [note(5)]);
    assert!(outbox.is_empty());
}
