//! Reads the body of a request: as much as is taken, and as long as is waited.
//!
//! A body that has come already, as most have, costs neither a timer nor a second buffer.

use std::{pin::pin, time::Duration};

use bytes::Buf as _;
use futures_util::FutureExt as _;
use http_body::Body;
use http_body_util::BodyExt as _;
use tokio::time::{Instant, timeout_at};
use twinbridge_common::{
    Bytes,
    rpc::web::{BadRequest, RequestLimits, WebAnswer},
};

use super::{
    WebRpcOptions,
    room::{NoRoom, Room, Taken},
};

/// Most room that is made for a body before it is there.
const FIRST_ROOM: usize = 1024 * 1024;

/// Why there is no body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoBody {
    #[error(transparent)]
    Refused(#[from] BadRequest),
    /// The connection ended before the body did. Whoever sent it is hardly there any more.
    #[error("The body was cut off.")]
    CutOff,
    /// The bodies of all requests have as many bytes as they may.
    #[error(transparent)]
    NoRoom(#[from] NoRoom),
}

impl NoBody {
    pub(super) fn answer(&self) -> WebAnswer {
        match self {
            Self::Refused(refused) => refused.into(),
            Self::NoRoom(none) => none.answer(),
            Self::CutOff => WebAnswer::refuse(400, &format!("Invalid request: {self}")),
        }
    }
}

/// Reads a whole body, which takes its room for as long as what comes with it lives.
pub(super) async fn read<B: Body>(
    body: B,
    limits: &RequestLimits,
    options: &WebRpcOptions,
    room: &Room,
) -> Result<(Bytes, Taken), NoBody> {
    let announced = body.size_hint().lower();
    limits.admit(announced)?;
    let mut body = pin!(body);
    let mut clock = Clock::default();
    let (mut whole, mut taken) = (Vec::new(), Taken::default());
    while !body.is_end_stream() {
        let frame = match body.frame().now_or_never() {
            Some(frame) => frame,
            None => {
                let late = clock.deadline(options.body_pause, options.body_time);
                let frame = timeout_at(late, body.frame()).await;
                frame.map_err(|_| BadRequest::TooSlow)?
            }
        };
        let Some(frame) = frame else { break };
        let frame = frame.map_err(|_| NoBody::CutOff)?;
        // Anything but data are trailers, which say nothing here.
        let Ok(mut data) = frame.into_data() else {
            continue;
        };
        let needed = whole.len() + data.remaining();
        limits.admit(needed as u64)?;
        if needed > whole.capacity() {
            let first = usize::try_from(announced).unwrap_or(FIRST_ROOM);
            // Twice as much each time, so that a long body is not moved often.
            let capacity = match whole.capacity() {
                0 => first.min(FIRST_ROOM).max(needed),
                capacity => (2 * capacity).min(limits.max_body_bytes).max(needed),
            };
            room.grow(&mut taken, capacity)?;
            whole.reserve_exact(capacity - whole.len());
        }
        while data.has_remaining() {
            let chunk = data.chunk();
            whole.extend_from_slice(chunk);
            let len = chunk.len();
            data.advance(len);
        }
    }
    Ok((whole.into(), taken))
}

/// When it began to wait, if it did.
#[derive(Default)]
struct Clock {
    since: Option<Instant>,
}

impl Clock {
    fn deadline(&mut self, pause: Duration, whole: Duration) -> Instant {
        let now = Instant::now();
        let since = *self.since.get_or_insert(now);
        (now + pause).min(since + whole)
    }
}
