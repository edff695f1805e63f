//! What carries one HTTP request to a server and its answer back: the shells' side of a client.
//!
//! A transport knows nothing of RPC. It adds no header of its own, follows no redirection, and
//! tries nothing twice: what a lost request means is decided above it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::stream::{self, BoxStream};
use futures_util::{Stream, StreamExt as _};

use crate::ipc::TransportError;
use crate::wire::Bytes;

/// Sends requests over HTTP.
#[cfg_attr(doc, doc = include_str!("../../../examples/web.md"))]
pub trait HttpTransport: Send + Sync + fmt::Debug + 'static {
    /// Sends a request and waits for the head of its answer. The request's address is absolute,
    /// or, in a page, relative to the page.
    ///
    /// # Cancellation
    /// Dropping the future, or the answer's body, aborts the request: the server sees its
    /// connection closed, or its stream reset.
    fn send(&self, request: http::Request<Bytes>) -> HttpSent;

    /// Time since 1970 in UTC: a server may name a date at which to ask again.
    fn unix_now(&self) -> Duration;
}

/// Future of [`HttpTransport::send`].
pub type HttpSent =
    Pin<Box<dyn Future<Output = Result<http::Response<HttpBody>, TransportError>> + Send>>;

/// The body of an answer, as it comes. After an error it is over.
#[cfg_attr(doc, doc = include_str!("../../../examples/web.md"))]
pub struct HttpBody(BoxStream<'static, Result<Bytes, TransportError>>);

impl HttpBody {
    /// A body that is there.
    #[must_use]
    pub fn whole(bytes: Bytes) -> Self {
        Self(stream::iter([Ok(bytes)]).boxed())
    }

    /// A body that comes in pieces.
    pub fn of(pieces: impl Stream<Item = Result<Bytes, TransportError>> + Send + 'static) -> Self {
        Self(pieces.boxed())
    }

    /// Reads it to its end; `announced` is what the answer's head says of its length.
    ///
    /// # Errors
    /// What the transport met, or [`TransportError::TooLarge`] without reading on.
    pub async fn read(
        mut self,
        announced: Option<u64>,
        max: usize,
    ) -> Result<Bytes, TransportError> {
        if announced.is_some_and(|len| usize::try_from(len).map_or(true, |len| len > max)) {
            return Err(TransportError::TooLarge { max });
        }
        let mut first = Bytes::new();
        let mut whole = Vec::new();
        while let Some(piece) = self.next().await {
            let piece = piece?;
            let len = if whole.is_empty() {
                first.len()
            } else {
                whole.len()
            };
            if piece.len() > max - len {
                return Err(TransportError::TooLarge { max });
            }
            if len == 0 {
                first = piece;
                continue;
            }
            if whole.is_empty() {
                // The length that was announced is within the limit.
                let announced = announced.and_then(|len| usize::try_from(len).ok());
                whole.reserve_exact(announced.unwrap_or_default().max(len + piece.len()));
                whole.extend_from_slice(&first);
            }
            whole.extend_from_slice(&piece);
        }
        Ok(match whole.is_empty() {
            true => first,
            false => whole.into(),
        })
    }
}

impl Stream for HttpBody {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(cx)
    }
}

impl fmt::Debug for HttpBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HttpBody")
    }
}
