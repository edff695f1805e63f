//! What all requests together may take: bytes of bodies, and calls that run at once.
//!
//! A body's bytes are counted as its buffer grows, not as it was announced, so that nobody takes
//! room by announcing much. Where there is none, a request is told so at once and may come back.

use std::sync::Arc;

use http::{HeaderValue, header::RETRY_AFTER};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use twinbridge_common::rpc::web::WebAnswer;

/// Bytes are counted in blocks of so many: a semaphore hands out 2^32 permits at once at most.
const BLOCK: usize = 1024;

/// What is left for further requests.
#[derive(Debug)]
pub(super) struct Room {
    blocks: Arc<Semaphore>,
    calls: Arc<Semaphore>,
}

/// Room that a request takes, until it is dropped.
#[derive(Debug, Default)]
pub(super) struct Taken {
    permit: Option<OwnedSemaphorePermit>,
    bytes: usize,
}

/// There is no room for a request at this moment. 503.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoRoom {
    #[error("The server holds as many bytes of requests as it may; try again.")]
    Bytes,
    #[error("The server answers as many requests at once as it may; try again.")]
    Calls,
}

impl NoRoom {
    pub(super) fn answer(self) -> WebAnswer {
        tracing::warn!(problem = %self, "a request found no room");
        busy(&self.to_string())
    }
}

/// An answer to a request that may be sent again in a second.
pub(super) fn busy(sentence: &str) -> WebAnswer {
    let mut answer = WebAnswer::refuse(503, sentence);
    answer
        .headers
        .insert(RETRY_AFTER, HeaderValue::from_static("1"));
    answer
}

impl Room {
    pub(super) fn new(bytes: usize, calls: usize) -> Self {
        let blocks = (bytes / BLOCK).min(Semaphore::MAX_PERMITS);
        let calls = calls.min(Semaphore::MAX_PERMITS);
        Self {
            blocks: Arc::new(Semaphore::new(blocks)),
            calls: Arc::new(Semaphore::new(calls)),
        }
    }

    /// Has `taken` hold `bytes` in all.
    pub(super) fn grow(&self, taken: &mut Taken, bytes: usize) -> Result<(), NoRoom> {
        let (held, wanted) = (taken.bytes.div_ceil(BLOCK), bytes.div_ceil(BLOCK));
        taken.bytes = taken.bytes.max(bytes);
        let Some(more) = wanted.checked_sub(held).filter(|more| *more > 0) else {
            return Ok(());
        };
        let more = u32::try_from(more).map_err(|_| NoRoom::Bytes)?;
        let permit = Arc::clone(&self.blocks).try_acquire_many_owned(more);
        let permit = permit.map_err(|_| NoRoom::Bytes)?;
        match &mut taken.permit {
            Some(held) => held.merge(permit),
            none => *none = Some(permit),
        }
        Ok(())
    }

    /// Room for one call, until it is dropped.
    pub(super) fn call(&self) -> Result<OwnedSemaphorePermit, NoRoom> {
        let permit = Arc::clone(&self.calls).try_acquire_owned();
        permit.map_err(|_| NoRoom::Calls)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_taken_as_a_body_grows_and_given_back_when_it_is_dropped() {
        let room = Room::new(10 * BLOCK, 1);
        let (mut one, mut other) = (Taken::default(), Taken::default());
        assert_eq!(room.grow(&mut one, 1), Ok(()));
        assert_eq!(room.grow(&mut one, BLOCK), Ok(()), "it is the same block");
        assert_eq!(room.grow(&mut one, 6 * BLOCK), Ok(()));
        assert_eq!(room.grow(&mut other, 5 * BLOCK), Err(NoRoom::Bytes));
        drop(one);
        assert_eq!(room.grow(&mut Taken::default(), 10 * BLOCK), Ok(()));
        let call = room.call().unwrap();
        assert_eq!(room.call().unwrap_err(), NoRoom::Calls);
        drop(call);
        assert!(room.call().is_ok());
    }
}
