//! What the Explorer measures the road between the halves by.

use std::sync::Arc;

use futures_util::stream;
use twinbridge_common::{
    Bytes, IpcStream,
    interfaces::bench::{Bench, BenchTicksSender},
    ipc::{CallContext, NotificationSender},
};

/// Longest item, in bytes.
const MAX_ITEM: u32 = 1024 * 1024;

/// Answers at once.
#[cfg_attr(doc, doc = include_str!("../examples/handlers.md"))]
#[derive(Clone, Copy, Debug, Default)]
pub struct BenchHandler;

impl Bench for BenchHandler {
    async fn echo(&self, bytes: Bytes) -> Bytes {
        bytes
    }

    async fn items(&self, count: u32, len: u32) -> IpcStream<Bytes> {
        let item = Bytes::from(vec![0; len.min(MAX_ITEM) as usize]);
        IpcStream::of(stream::iter((0..count).map(move |_| item.clone())))
    }

    async fn notify(&self, count: u32) -> u32 {
        let Some(page) = CallContext::current().and_then(|context| context.session()) else {
            return 0;
        };
        let ticks = BenchTicksSender::new(NotificationSender::new(Arc::new(page)));
        for number in 1..=count {
            // The page went away, which ends this call, too.
            if ticks.tick(number).await.is_err() {
                return number - 1;
            }
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn items_are_as_many_and_as_long_as_asked_for_and_no_longer_than_a_mebibyte() {
        for (count, len, expected) in [(0, 1, 0), (3, 64, 64), (2, u32::MAX, 1024 * 1024)] {
            let mut items = BenchHandler.items(count, len).await;
            let mut came = 0;
            while let Some(item) = items.next().await {
                assert_eq!(item.unwrap().len(), expected);
                came += 1;
            }
            assert_eq!(came, count);
        }
    }

    #[tokio::test]
    async fn without_a_session_nobody_is_notified() {
        assert_eq!(BenchHandler.notify(3).await, 0);
    }
}
