//! The end of all pages at once: goodbyes, and the wait for work.

use std::time::Duration;

use tokio::time::Instant;
use twinbridge_common::wire::{DownBatch, Frame};

use super::support::Fixture;
use crate::Drained;

const LIMIT: Duration = Duration::from_secs(5);

#[tokio::test(start_paused = true)]
async fn pages_get_a_goodbye_and_later_ones_find_nobody() {
    let fixture = Fixture::new();
    let tab = fixture.tab("main", 1);
    tab.greet().await;
    let parked = tab.post(2, 1, &[]).await;
    let drained = fixture.bridge.shut_down("the app is closing", LIMIT).await;
    assert_eq!(drained, Drained::Completely);
    let (_, frames) = parked.batch().await;
    assert!(
        matches!(&frames[..], [Frame::Bye(bye)] if &*bye.text == "the app is closing"),
        "{frames:?}"
    );

    let late = fixture.tab("main", 2).post(1, 0, &[]).await.answer().await;
    assert!(
        matches!(&late, DownBatch::Ended(text) if text == "the app is closing"),
        "{late:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_page_that_fetches_nothing_is_waited_for_a_second() {
    let fixture = Fixture::new();
    fixture.tab("main", 1).greet().await;
    let start = Instant::now();
    let drained = fixture.bridge.shut_down("the app is closing", LIMIT).await;
    assert_eq!(drained, Drained::Completely);
    assert_eq!(start.elapsed().as_secs(), 1);
}
