//! Posts that are repeated, out of order, lost, of somebody else, or too many.

use std::time::Duration;

use twinbridge_common::{
    Bytes,
    ipc::IpcSocketBackend as _,
    wire::{Batch, ByeCode, Frame, Notification, UpBatch},
};

use super::support::{Fixture, add, call, hello, packed, settle, told};
use crate::PostRefused;

#[tokio::test(start_paused = true)]
async fn a_batch_that_is_repeated_is_taken_in_once() {
    let fixture = Fixture::new();
    let tab = fixture.tab("main", 1);
    tab.greet().await;
    let (batch, frames) = tab.post(2, 1, &[add(1)]).await.batch().await;
    assert_eq!((batch.sequence, batch.acknowledged), (2, 2));
    assert!(matches!(frames[..], [Frame::Reply(_)]));
    // Were it taken in again, the second coming of call 1 would run it again.
    for sequence in [2, 1, 2] {
        tab.post(sequence, 2, &[add(1)]).await;
    }
    assert_eq!(fixture.begun(), 1);
    assert_eq!(fixture.socket.sessions().len(), 1);
    assert_eq!(fixture.log.lines(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn batches_out_of_order_are_put_in_order() {
    let fixture = Fixture::new();
    let tab = fixture.tab("main", 1);
    tab.greet().await;
    let cancel = Frame::Cancel { call: 1 };
    let mut early = [
        tab.post(4, 1, &[add(2)]).await,
        tab.post(3, 1, &[cancel]).await,
    ];
    assert!(early.iter_mut().all(super::support::Posted::is_open));
    assert_eq!(fixture.begun(), 0);
    let never = call(1, "never", &[0_u8; 0]);
    tab.post(2, 1, &[never]).await;
    // The call came first, then its cancel, then the other call.
    assert_eq!((fixture.running(), fixture.begun()), (0, 1));
    let [early, _] = early;
    let (batch, frames) = early.batch().await;
    assert_eq!(batch.acknowledged, 4);
    assert!(matches!(&frames[..], [Frame::Reply(reply)] if reply.call == 2));
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_stays_lost_ends_the_session_with_the_reason() {
    let fixture = Fixture::new();
    let tab = fixture.tab("main", 1);
    tab.greet().await;
    let reason = fixture.reason("main");
    let never = call(1, "never", &[0_u8; 0]);
    tab.post(2, 1, &[never]).await;
    assert_eq!(fixture.running(), 1);
    let first = tab.post(4, 1, &[add(2)]).await;
    let begin = tokio::time::Instant::now();
    let text = "the pipe lost batch 3: it did not arrive within 10000 ms";
    // Post 2 stays open besides; the oldest takes the goodbye and the other the plain words.
    let goodbye = first.answer().await;
    assert_eq!(begin.elapsed(), Duration::from_secs(10));
    let said = format!("{goodbye:?}");
    assert!(said.contains(text), "{said}");
    assert_eq!(told(&reason).await, text);
    settle().await;
    assert_eq!((fixture.running(), fixture.begun()), (0, 0));
    // Whatever comes too late hears the same.
    assert_eq!(tab.post(3, 1, &[add(3)]).await.ended().await, text);
    assert_eq!(
        fixture.log.lines(),
        [format!("the session ended window=\"main\" reason={text}")]
    );
    fixture.others_are_undisturbed().await;
}

#[tokio::test(start_paused = true)]
async fn a_lost_batch_ends_the_session_also_when_no_post_is_open_and_the_goodbye_waits() {
    let fixture = Fixture::new();
    let tab = fixture.tab("main", 1);
    tab.greet().await;
    let reason = fixture.reason("main");
    let parked = tab.post(3, 1, &[]).await;
    let news = Notification {
        channel: "news".parse().unwrap(),
        name: "came".parse().unwrap(),
        arguments: twinbridge_common::wire::Payload::unit(
            twinbridge_common::wire::Codec::MessagePack,
        ),
    };
    // A push takes the open post away.
    twinbridge_common::ipc::IpcSocket::send(
        &fixture.socket,
        &news.channel,
        &news.name,
        news.arguments.clone(),
        twinbridge_common::ipc::Delivery::Reliable,
    )
    .unwrap();
    let (_, frames) = parked.batch().await;
    assert_eq!(frames, [Frame::Notification(news)]);
    // The clock moves on only if nothing spins meanwhile.
    tokio::time::sleep(Duration::from_secs(3600)).await;
    let text = "the pipe lost batch 2: it did not arrive within 10000 ms";
    assert_eq!(told(&reason).await, text);
    let (_, frames) = tab.post(0, 2, &[]).await.batch().await;
    assert!(
        matches!(&frames[..], [Frame::Bye(bye)] if bye.code == ByeCode::Pipe && &*bye.text == text),
        "{frames:?}"
    );
    assert_eq!(tab.post(0, 3, &[]).await.ended().await, text);
}

#[tokio::test(start_paused = true)]
async fn a_post_under_another_key_is_refused_and_no_session_notices() {
    let fixture = Fixture::new();
    let tab = fixture.tab("main", 1);
    tab.greet().await;
    for key in [
        [0; 16],
        [8; 16],
        *b"\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x06",
    ] {
        let up = UpBatch {
            key,
            ..tab.up(2, 1, &[add(1)])
        };
        let refused = tab.send(&up).unwrap_err();
        assert_eq!(refused, PostRefused::WrongKey);
        assert_eq!(refused.to_string(), "the bridge key is wrong");
        let line =
            "a post to the bridge was refused window=\"main\" refused=the bridge key is wrong";
        assert_eq!(fixture.log.lines(), [line]);
    }
    assert_eq!(fixture.begun(), 0);
    let (batch, _) = tab.post(2, 1, &[add(1)]).await.batch().await;
    assert_eq!(batch.acknowledged, 2);
    fixture.others_are_undisturbed().await;
}

#[tokio::test(start_paused = true)]
async fn bytes_that_are_no_batch_are_refused() {
    let fixture = Fixture::new();
    for (bytes, text) in [
        (&b""[..], "not a batch: too short"),
        (b"{}", "not a batch: too short"),
        (&[9; 50], "not a batch: another version"),
    ] {
        let refused = fixture
            .bridge
            .exchange("main", bytes.to_vec(), |_| panic!("it is answered twice"))
            .unwrap_err();
        assert_eq!(refused.to_string(), text);
        assert_eq!(
            fixture.log.lines(),
            [format!(
                "a post to the bridge was refused window=\"main\" refused={text}"
            )]
        );
    }
    assert!(fixture.socket.sessions().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_batch_whose_frames_do_not_fit_it_ends_the_session() {
    let fixture = Fixture::new();
    let tab = fixture.tab("main", 1);
    tab.greet().await;
    let mut up = tab.up(2, 1, &[]);
    up.batch.frames = Bytes::from(b"\x05\0\0\0abc");
    let posted = tab.send(&up).unwrap();
    let (_, frames) = posted.batch().await;
    let what = "not a batch: a frame is longer than its batch";
    assert!(
        matches!(&frames[..], [Frame::Bye(bye)] if bye.code == ByeCode::Protocol && &*bye.text == what),
        "{frames:?}"
    );
    let text = format!("the peer broke the protocol: {what}");
    assert_eq!(tab.post(3, 1, &[]).await.ended().await, text);
    assert_eq!(
        fixture.log.lines(),
        [format!("the session ended window=\"main\" reason={text}")]
    );
    fixture.others_are_undisturbed().await;
}

#[tokio::test(start_paused = true)]
async fn an_acknowledgement_of_what_was_never_sent_ends_the_session() {
    let fixture = Fixture::new();
    let tab = fixture.tab("main", 1);
    tab.greet().await;
    let reason = fixture.reason("main");
    let (_, frames) = tab.post(2, 9, &[add(1)]).await.batch().await;
    let what = "batch 9 was acknowledged, the last one sent is 1";
    assert!(matches!(&frames[..], [Frame::Bye(bye)] if &*bye.text == what));
    assert_eq!(fixture.begun(), 0);
    let text = format!("the peer broke the protocol: {what}");
    assert_eq!(told(&reason).await, text);
    assert_eq!(fixture.log.lines().len(), 1);
    fixture.others_are_undisturbed().await;
}

#[tokio::test(start_paused = true)]
async fn a_batch_far_ahead_ends_the_session() {
    let fixture = Fixture::new();
    let tab = fixture.tab("main", 1);
    tab.greet().await;
    let (_, frames) = tab.post(5000, 1, &[add(1)]).await.batch().await;
    let what = "batch 5000 came, the last one in order was 1";
    assert!(matches!(&frames[..], [Frame::Bye(bye)] if &*bye.text == what));
    fixture.others_are_undisturbed().await;
}

#[tokio::test(start_paused = true)]
async fn a_greeting_of_the_next_page_ends_the_session_of_the_last_and_answers_its_posts() {
    let fixture = Fixture::new();
    let old = fixture.tab("main", 1);
    old.greet().await;
    let reason = fixture.reason("main");
    let never = call(1, "never", &[0_u8; 0]);
    let parked = [old.post(2, 1, &[never]).await, old.post(0, 1, &[]).await];
    assert_eq!(fixture.running(), 1);
    let new = fixture.tab("main", 2);
    new.greet().await;
    for posted in parked {
        assert_eq!(posted.ended().await, "the page went away");
    }
    assert_eq!(told(&reason).await, "the page went away");
    assert_eq!(fixture.running(), 0);
    assert_eq!(fixture.socket.sessions().len(), 1);
    // Nothing that the old page still sends gets anywhere: not its batches, not its greeting.
    for sequence in [0, 1, 3] {
        let late = old.post(sequence, 1, &[hello(), add(1)]).await;
        assert_eq!(late.ended().await, "the page was replaced");
    }
    assert_eq!(fixture.begun(), 0);
    let (batch, _) = new.post(2, 1, &[add(1)]).await.batch().await;
    assert_eq!(batch.acknowledged, 2);
    assert_eq!(fixture.log.lines(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_was_seen_off_does_not_come_back() {
    let fixture = Fixture::new();
    let tab = fixture.tab("main", 1);
    tab.greet().await;
    let parked = tab.post(0, 1, &[]).await;
    fixture.bridge.page_gone("main");
    assert_eq!(parked.ended().await, "the page went away");
    assert!(fixture.socket.sessions().is_empty());
    let again = tab.post(1, 0, &[hello()]).await;
    assert_eq!(again.ended().await, "the page was replaced");
    assert!(fixture.socket.sessions().is_empty());
    fixture.tab("main", 2).greet().await;
    let side = fixture.tab("side", 3);
    side.greet().await;
    let parked = side.post(0, 1, &[]).await;
    fixture.bridge.window_gone("side");
    assert_eq!(parked.ended().await, "the page went away");
    assert_eq!(fixture.socket.sessions().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_page_whose_first_batch_is_not_its_first_was_replaced() {
    let fixture = Fixture::new();
    let late = fixture.tab("main", 1).post(2, 0, &[add(1)]).await;
    assert_eq!(late.ended().await, "the page was replaced");
    assert!(fixture.socket.sessions().is_empty());
}

#[tokio::test(start_paused = true)]
async fn posts_are_kept_open_two_at_a_time() {
    let fixture = Fixture::new();
    let tab = fixture.tab("main", 1);
    tab.greet().await;
    let oldest = tab.post(0, 1, &[]).await;
    let mut kept = [tab.post(0, 1, &[]).await, tab.post(0, 1, &[]).await];
    let (batch, frames) = oldest.batch().await;
    assert_eq!((batch.sequence, frames.len()), (0, 0));
    assert!(kept.iter_mut().all(super::support::Posted::is_open));
}

#[tokio::test(start_paused = true)]
async fn what_was_not_acknowledged_comes_again_when_the_page_asks() {
    let fixture = Fixture::new();
    let tab = fixture.tab("main", 1);
    tab.greet().await;
    // The answers to these are lost.
    let (second, _) = tab.post(2, 1, &[add(1)]).await.batch().await;
    let (third, _) = tab.post(3, 1, &[add(2)]).await.batch().await;
    let again = |acknowledged| UpBatch {
        resend: true,
        batch: Batch {
            sequence: 0,
            acknowledged,
            frames: packed(&[]),
        },
        ..tab.up(0, 0, &[])
    };
    let first = tab.send(&again(1)).unwrap().batch().await;
    assert_eq!((first.0.sequence, &first.0.frames), (2, &second.frames));
    let (then, _) = tab.post(0, 1, &[]).await.batch().await;
    assert_eq!((then.sequence, &then.frames), (3, &third.frames));
    // Acknowledged meanwhile, a batch does not come a third time.
    let (last, _) = tab.send(&again(2)).unwrap().batch().await;
    assert_eq!(last.sequence, 3);
    let mut nothing = tab.send(&again(3)).unwrap();
    settle().await;
    assert!(nothing.is_open());
    assert_eq!(fixture.begun(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_posts_ends_the_session_before_it_fills_the_memory() {
    let fixture = Fixture::new();
    let tab = fixture.tab("main", 1);
    tab.greet().await;
    let reason = fixture.reason("main");
    let mut posts = Vec::new();
    // Nothing runs between these: the pump has no turn.
    for sequence in 3..68 {
        let mut up = tab.up(sequence, 1, &[]);
        up.batch.frames = Bytes::from(vec![0; 1024 * 1024]);
        posts.push(tab.send(&up).unwrap());
    }
    let text = "the peer broke the protocol: 68157440 bytes of posts wait to be read, the limit is 67108864";
    assert_eq!(told(&reason).await, text);
    for posted in posts {
        assert_eq!(posted.ended().await, text);
    }
    assert_eq!(
        fixture.log.lines(),
        [format!("the session ended window=\"main\" reason={text}")]
    );
    fixture.others_are_undisturbed().await;
}
