//! The consumer's end of a stream, still encoded.
//!
//! The session puts what comes into a queue that the consumer shares with it; what the consumer
//! takes out becomes credit for the producer. Typed streams and edges that know no types stand
//! on it.

use std::{
    collections::VecDeque,
    fmt,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use futures_util::{Stream, StreamExt as _, stream::BoxStream};

use super::{Endpoint, PipeError};
use crate::wire::{Ending, Limits, Payload};

/// Longest item that is copied out of the batch it came in. An app may leave it untaken for long,
/// and a small one must not hold a batch of a mebibyte meanwhile.
const DETACHED: usize = 16 * 1024;

/// Items that have come and are not taken, and how the stream ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inlet {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug, Default)]
struct Shared {
    items: VecDeque<Payload>,
    end: Option<Option<ItemsEnd>>,
    waker: Option<Waker>,
}

/// Why the items of a stream stop before their end.
#[cfg_attr(doc, doc = include_str!("../../examples/streams.md"))]
#[derive(Clone, Debug, PartialEq)]
pub enum ItemsEnd {
    /// The stream failed, or was refused half-way.
    Failed(Box<Ending>),
    /// The session ended.
    Pipe(PipeError),
}

impl Inlet {
    /// Queues an item; gives who waits for it.
    #[must_use]
    pub(crate) fn push(&self, mut item: Payload) -> Option<Waker> {
        if item.encoded_len() <= DETACHED {
            item.detach();
        }
        let mut shared = self.lock();
        shared.items.push_back(item);
        shared.waker.take()
    }

    /// Ends the stream behind what is queued; gives who waits for it.
    #[must_use]
    pub(crate) fn end(&self, end: Option<ItemsEnd>) -> Option<Waker> {
        let mut shared = self.lock();
        shared.end.get_or_insert(end);
        shared.waker.take()
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What of a stream was taken and not yet given back as credit.
#[derive(Clone, Copy, Debug, Default)]
struct Taken {
    items: u32,
    bytes: u32,
}

/// How far the producer of a stream may run ahead of its consumer, in items.
#[cfg_attr(doc, doc = include_str!("../../examples/streams.md"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Credit {
    /// Items that it may send before any is taken.
    pub limit: u32,
    /// Items that came and were not taken.
    pub waiting: u32,
    /// Items that were taken, and that it was not told of so far.
    pub taken: u32,
}

impl Credit {
    /// Items that it may still send; those that are under way count as unsent.
    #[must_use]
    pub fn left(&self) -> u32 {
        self.limit
            .saturating_sub(self.waiting)
            .saturating_sub(self.taken)
    }
}

/// The items of one call's stream, as they came.
///
/// # Cancellation
/// Dropping it cancels the stream at its producer.
#[cfg_attr(doc, doc = include_str!("../../examples/streams.md"))]
#[must_use = "the stream is cancelled when this is dropped"]
pub struct Items {
    source: Source,
    witness: Option<Witness>,
}

/// Sees each item as it is taken, and the end.
type Witness = Box<dyn FnMut(Option<&Result<Payload, ItemsEnd>>) + Send>;

enum Source {
    /// Over a session, by credit.
    Session(FromSession),
    /// Over something else, as fast as it is polled.
    Other(BoxStream<'static, Result<Payload, ItemsEnd>>),
}

struct FromSession {
    call: u32,
    inlet: Inlet,
    /// Taken out of the inlet at once, so that it is not locked for every item.
    ready: VecDeque<Payload>,
    taken: Taken,
    /// How much is taken before credit is given: half of what the producer has in all.
    turn: Taken,
    /// Items that the producer has in all.
    limit: u32,
    /// `None` after the end.
    owner: Option<Endpoint>,
}

impl Items {
    /// Items that did not come over a session. The stream has its own back-pressure, ends after
    /// the first error, and is dropped when nobody takes its items any more.
    pub fn of(items: impl Stream<Item = Result<Payload, ItemsEnd>> + Send + 'static) -> Self {
        Self::over(Source::Other(items.boxed()))
    }

    pub(crate) fn new(call: u32, inlet: Inlet, limits: &Limits, owner: Endpoint) -> Self {
        Self::over(Source::Session(FromSession {
            call,
            inlet,
            ready: VecDeque::new(),
            taken: Taken::default(),
            turn: Taken {
                items: (limits.stream_items / 2).max(1),
                bytes: (limits.stream_bytes / 2).max(1),
            },
            limit: limits.stream_items,
            owner: Some(owner),
        }))
    }

    fn over(source: Source) -> Self {
        Self {
            source,
            witness: None,
        }
    }

    /// The same items, each of which `witness` sees when it is taken, and `None` at the end: for
    /// sockets that record what goes through them. It is dropped with the items.
    pub fn witnessed(
        mut self,
        witness: impl FnMut(Option<&Result<Payload, ItemsEnd>>) + Send + 'static,
    ) -> Self {
        self.witness = Some(Box::new(witness));
        self
    }

    /// What the producer may send, in items; `None` for a stream that has no credit, or is over.
    #[must_use]
    pub fn credit(&self) -> Option<Credit> {
        let Source::Session(items) = &self.source else {
            return None;
        };
        items.owner.as_ref()?;
        let waiting = items.ready.len() + items.inlet.lock().items.len();
        Some(Credit {
            limit: items.limit,
            waiting: waiting.try_into().unwrap_or(u32::MAX),
            taken: items.taken.items,
        })
    }
}

impl FromSession {
    fn take(&mut self, item: &Payload) {
        self.taken.items += 1;
        let len = u32::try_from(item.encoded_len()).unwrap_or(u32::MAX);
        self.taken.bytes = self.taken.bytes.saturating_add(len);
        if (self.taken.items >= self.turn.items || self.taken.bytes >= self.turn.bytes)
            && let Some(owner) = &self.owner
        {
            let Taken { items, bytes } = std::mem::take(&mut self.taken);
            owner.grant(self.call, items, bytes);
        }
    }

    fn poll_next(&mut self, cx: &Context<'_>) -> Poll<Option<Result<Payload, ItemsEnd>>> {
        if self.ready.is_empty() {
            let mut shared = self.inlet.lock();
            std::mem::swap(&mut self.ready, &mut shared.items);
            if self.ready.is_empty() {
                let Some(end) = shared.end.take() else {
                    shared.waker = Some(cx.waker().clone());
                    return Poll::Pending;
                };
                // Whoever asks again is told that it is over.
                shared.end = Some(None);
                drop(shared);
                self.owner = None;
                return Poll::Ready(end.map(Err));
            }
        }
        Poll::Ready(self.ready.pop_front().map(|item| {
            self.take(&item);
            Ok(item)
        }))
    }
}

impl Stream for Items {
    type Item = Result<Payload, ItemsEnd>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let item = std::task::ready!(match &mut this.source {
            Source::Session(items) => items.poll_next(cx),
            Source::Other(items) => items.poll_next_unpin(cx),
        });
        if let Some(witness) = &mut this.witness {
            witness(item.as_ref());
        }
        Poll::Ready(item)
    }
}

impl Drop for FromSession {
    fn drop(&mut self) {
        if let Some(owner) = self.owner.take() {
            owner.cancel(self.call);
        }
    }
}

impl fmt::Debug for Items {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.source {
            Source::Session(_) => "Items(session)",
            Source::Other(_) => "Items(other)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Bytes, Codec};

    #[test]
    fn a_small_item_that_is_not_taken_does_not_hold_the_batch_it_came_in() {
        for (len, holds) in [(DETACHED, false), (DETACHED + 1, true)] {
            let batch = Bytes::from(vec![7; 1024 * 1024]);
            let buffer = batch.as_ptr();
            let inlet = Inlet::default();
            let waker = inlet.push(Payload {
                codec: Codec::MessagePack,
                bytes: batch.slice(..len),
                attachments: Vec::new(),
            });
            assert!(waker.is_none());
            // Bytes that nobody shares become a vector where they are.
            let whole = batch.into_vec();
            assert_eq!(whole.as_ptr() != buffer, holds);
        }
    }
}
