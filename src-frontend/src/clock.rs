//! The page's clock, for requests that are made again and given up by time.
//!
//! The browser's timers: they are late where the page is hidden or busy, and never early.

use std::{pin::pin, time::Duration};

use futures_channel::oneshot;
use futures_util::future::select;
use twinbridge_common::{ipc::Task, rpc::RpcClock};

use crate::shell::{now, sleep, spawn};

/// The longest that a browser's timer takes, in milliseconds.
const LONGEST_TIMER: Duration = Duration::from_millis(i32::MAX as u64);

/// Time since the page began.
#[cfg_attr(doc, doc = include_str!("../examples/page.md"))]
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct PageClock;

impl RpcClock for PageClock {
    fn now(&self) -> Duration {
        now()
    }

    fn sleep_until(&self, at: Duration) -> Task {
        Box::pin(async move {
            loop {
                let left = at.saturating_sub(now());
                if left.is_zero() {
                    return;
                }
                let (mut rung, ringing) = oneshot::channel();
                // What JavaScript gave stays on the page's event loop, while this may not.
                spawn(async move {
                    let timer = pin!(sleep(left.min(LONGEST_TIMER)));
                    // A deadline of hours that nobody needs any more leaves no timer behind.
                    select(timer, rung.cancellation()).await;
                    let _ = rung.send(());
                });
                // Early or cancelled, the clock decides.
                let _ = ringing.await;
            }
        })
    }
}
