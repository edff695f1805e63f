//! The handler of `inspector`, and the batches that it shares with that of `log`.
//!
//! It cannot be had outside of this crate: the host gives it to the session of its inspector's
//! window, and to no other.

use std::time::Duration;

use futures_util::stream;
use twinbridge_common::{
    interfaces::inspector::{Happening, InspectedSession, Inspector},
    ipc::{BackendSocket, IpcSocketBackend as _, IpcStream},
};

use super::{Feed, Lines, Wanted};

/// Happenings of one batch.
pub(super) const BATCH: usize = 1024;

/// Bytes of payloads after which a batch ends.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// The longest payload that the inspector shows; of longer ones it tells the length.
const LONGEST_PAYLOAD: usize = 1024 * 1024;

/// Happenings that wait for the inspector's page.
const WAITING: usize = 32 * 1024;

/// Bytes of their payloads.
const WAITING_BYTES: usize = 32 * 1024 * 1024;

/// How long a batch is gathered: a page draws no faster.
const GATHER: Duration = Duration::from_millis(16);

/// Tells of all sessions of a socket.
#[derive(Debug)]
pub(crate) struct InspectorHandler {
    socket: BackendSocket,
    window: String,
}

impl InspectorHandler {
    /// Of the inspector in this window, whose own session it leaves out.
    pub(crate) fn new(socket: BackendSocket, window: impl Into<String>) -> Self {
        Self {
            socket,
            window: window.into(),
        }
    }
}

impl Inspector for InspectorHandler {
    async fn sessions(&self) -> Vec<InspectedSession> {
        let sessions = self.socket.sessions();
        let others = sessions
            .iter()
            .filter(|session| *session.origin().window != *self.window);
        let described = others.map(|session| InspectedSession {
            session: session.origin().session,
            window: session.origin().window.to_string(),
        });
        described.collect()
    }

    async fn watch(&self, payloads: bool) -> IpcStream<Vec<Happening>> {
        let wanted = Wanted {
            payloads: payloads.then_some(LONGEST_PAYLOAD),
            ..Wanted::by_page(Lines::All)
        };
        Feed::of_traffic(&self.socket, wanted).into_batches()
    }
}

impl Wanted {
    /// What a page can take: no payloads, and as much as it reads within a moment.
    pub(crate) fn by_page(lines: Lines) -> Self {
        Self {
            waiting: WAITING,
            waiting_bytes: WAITING_BYTES,
            payloads: None,
            lines,
        }
    }
}

impl Feed {
    /// What happens, as the items of a stream. The page's credit decides how fast it is read.
    pub(crate) fn into_batches(self) -> IpcStream<Vec<Happening>> {
        IpcStream::of(stream::unfold(self, |mut feed| async move {
            let first = feed.next().await?;
            tokio::time::sleep(GATHER).await;
            let mut bytes = payload_len(&first);
            let mut batch = vec![first];
            while batch.len() < BATCH && bytes < BATCH_BYTES {
                match feed.try_next() {
                    Some(happening) => {
                        bytes += payload_len(&happening);
                        batch.push(happening);
                    }
                    None => break,
                }
            }
            // Nothing may follow that would tell it, also where the batch is full.
            if feed.is_empty() {
                batch.extend(feed.missing_now());
            }
            Some((batch, feed))
        }))
    }
}

fn payload_len(happening: &Happening) -> usize {
    use twinbridge_common::interfaces::inspector::What;

    let bytes = match &happening.what {
        What::Call(made) => made.payload.as_ref().map(|_| made.bytes),
        What::Reply(answered) => answered
            .ended
            .payload
            .as_ref()
            .map(|_| answered.ended.bytes),
        What::Item { bytes, payload, .. } | What::Message { bytes, payload, .. } => {
            payload.as_ref().map(|_| *bytes)
        }
        _ => None,
    };
    usize::try_from(bytes.unwrap_or(0)).unwrap_or(usize::MAX)
}
