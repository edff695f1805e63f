//! An honest page over a carrier that is not: calls run once, and large data arrives as it left.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use twinbridge_common::{
    Bytes, FrontendIpc,
    ipc::{Caller, Declared, IpcSocketBackend as _},
    wire::Frame,
};

use super::support::{
    Carrier, Fate, Fixture, WorkClient, WorkInterface, WorkServer, Worker, add, honest,
};

const MEBIBYTE: usize = 1024 * 1024;

/// Bytes that are nowhere the same as a little further on.
fn data(len: usize) -> Bytes {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let bytes: Vec<u8> = (0..len).map(|_| (next(&mut state) >> 32) as u8).collect();
    Bytes::from(bytes)
}

/// The next number of xorshift64, which is as random as a carrier need be.
fn next(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

async fn start(fixture: &Fixture, carrier: Carrier) -> FrontendIpc {
    let declared = Declared::default().interface::<WorkInterface>();
    FrontendIpc::startup(honest(fixture, carrier), declared)
        .await
        .unwrap()
}

fn good() -> Carrier {
    Box::new(|| Fate::Arrives)
}

#[tokio::test(start_paused = true)]
async fn sixteen_mebibytes_go_up_and_come_down_as_they_were() {
    let fixture = Fixture::new();
    let page = start(&fixture, good()).await;
    let work: WorkClient = page.client().unwrap();
    let data = data(16 * MEBIBYTE);
    let echo = work.echo(data.clone()).await.unwrap();
    assert!(echo == data, "the bytes changed on the way");
    assert_eq!(fixture.begun(), 1);
    assert_eq!(fixture.log.lines(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn sixteen_mebibytes_go_down_in_a_call_of_the_backend_and_come_up() {
    let fixture = Fixture::new();
    let page = start(&fixture, good()).await;
    let _guard = page.handle(WorkServer(Worker::default())).unwrap();
    let session = fixture.socket.sessions().pop().unwrap();
    let work = WorkClient::new(Caller::new(Arc::new(session)));
    let data = data(16 * MEBIBYTE);
    let echo = work.echo(data.clone()).await.unwrap();
    assert!(echo == data, "the bytes changed on the way");
}

#[tokio::test(start_paused = true)]
async fn large_replies_arrive_at_a_page_that_has_nothing_more_to_say() {
    let fixture = Fixture::new();
    let page = start(&fixture, good()).await;
    let work: WorkClient = page.client().unwrap();
    let data = data(5 * MEBIBYTE);
    let echoes = (0..6).map(|_| work.echo(data.clone()));
    // The clock is paused: it jumps to the end of the time at once where both sides wait.
    let limit = Duration::from_secs(60);
    let echoes = tokio::time::timeout(limit, futures_util::future::join_all(echoes)).await;
    for echo in echoes.expect("both sides wait for the other") {
        assert!(echo.unwrap() == data, "the bytes changed on the way");
    }
}

#[tokio::test(start_paused = true)]
async fn a_small_call_is_answered_while_a_large_one_is_on_its_way() {
    let fixture = Fixture::new();
    let page = start(&fixture, good()).await;
    let work: WorkClient = page.client().unwrap();
    let large = work.echo(data(16 * MEBIBYTE));
    let order = AtomicUsize::new(0);
    let place = || order.fetch_add(1, Ordering::Relaxed);
    let (large, small) = tokio::join!(async { large.await.map(|_| place()).unwrap() }, async {
        work.add(1, 2).await.map(|_| place()).unwrap()
    },);
    assert_eq!((small, large), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_post_or_answer_is_lost_runs_once() {
    for fate in [Fate::IsLost, Fate::AnswerIsLost, Fate::IsLate] {
        let fixture = Fixture::new();
        let mut post = 0;
        let carrier = move || {
            post += 1;
            // The first greets; the second waits for what comes; the third is the call.
            if post == 3 { fate } else { Fate::Arrives }
        };
        let page = start(&fixture, Box::new(carrier)).await;
        let work: WorkClient = page.client().unwrap();
        for _ in 0..3 {
            assert_eq!(work.add(1, 2).await.unwrap(), 3, "{fate:?}");
        }
        assert_eq!(fixture.begun(), 3, "{fate:?}");
        assert!(page.is_valid());
    }
}

#[tokio::test(start_paused = true)]
async fn over_a_bad_carrier_every_call_runs_once_and_every_byte_arrives() {
    for seed in 1..=20 {
        let fixture = Fixture::new();
        let mut state = 0x2545_f491_4f6c_dd1d_u64.wrapping_mul(seed);
        let mut post = 0;
        let carrier = move || {
            post += 1;
            match next(&mut state) % 10 {
                // The greeting arrives, or there would be nothing to test.
                _ if post == 1 => Fate::Arrives,
                0 => Fate::IsLost,
                1 => Fate::AnswerIsLost,
                2 => Fate::IsLate,
                _ => Fate::Arrives,
            }
        };
        let page = start(&fixture, Box::new(carrier)).await;
        let work: WorkClient = page.client().unwrap();
        let data = data(MEBIBYTE + 1);
        let calls = (0..40_u32).map(|number| {
            let (work, data) = (work.clone(), data.clone());
            async move {
                if number % 8 == 0 {
                    assert!(work.echo(data.clone()).await.unwrap() == data);
                } else {
                    assert_eq!(work.add(number, 1).await.unwrap(), number + 1);
                }
            }
        });
        futures_util::future::join_all(calls).await;
        assert_eq!(fixture.begun(), 40, "seed {seed}");
        assert_eq!(fixture.log.lines(), [""; 0], "seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_reply_on_a_post_that_nobody_reads_any_more_comes_again_on_another() {
    let fixture = Fixture::new();
    let tab = fixture.tab("main", 1);
    tab.greet().await;
    // It failed at the page, which the host cannot know; nor that one came twice.
    let dead = tab.post(0, 1, &[]).await;
    let live = tab.post(2, 1, &[add(1)]).await;
    drop(dead);
    let begin = tokio::time::Instant::now();
    let (batch, frames) = live.batch().await;
    assert_eq!(begin.elapsed(), Duration::from_secs(2));
    assert_eq!((batch.sequence, batch.acknowledged), (2, 2));
    assert!(matches!(&frames[..], [Frame::Reply(reply)] if reply.call == 1));
    // Once it is acknowledged there is nothing to repeat.
    let mut idle = tab.post(0, 2, &[]).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert!(idle.is_open());
    assert_eq!(fixture.begun(), 1);
    assert_eq!(fixture.log.lines(), [""; 0]);
}
