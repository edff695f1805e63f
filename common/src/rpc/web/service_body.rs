//! What a server sends: a status, headers, and a body that is there or comes bit by bit.
//!
//! The shell's side of an answer. A body that comes bit by bit ends, or is cut off; a shell that
//! is told so breaks the connection, since HTTP has no other word for it.

use std::fmt;

use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream, Stream};
use http::HeaderMap;

use super::answer::Answer;
use super::body::Body;
use super::stream::StreamPiece;
use crate::ipc::{Items, ItemsEnd};
use crate::wire::{Bytes, Ending};

/// An answer to be sent.
#[cfg_attr(doc, doc = include_str!("../../../examples/web.md"))]
#[derive(Debug)]
pub struct WebAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The headers, `Content-Type` among them.
    pub headers: HeaderMap,
    /// The body.
    pub body: WebBody,
}

/// The body of an answer.
#[cfg_attr(doc, doc = include_str!("../../../examples/web.md"))]
pub enum WebBody {
    /// All of it.
    Whole(Body),
    /// Bit by bit. Dropping it cancels the stream that it is made of.
    Stream(BoxStream<'static, Result<Bytes, CutOff>>),
}

/// A body was cut off half-way: what it is made of failed, and nothing in HTTP says how.
#[cfg_attr(doc, doc = include_str!("../../../examples/web.md"))]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stream failed half-way: {reason}")]
pub struct CutOff {
    reason: String,
}

impl WebAnswer {
    /// An answer of `status` without headers and body.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: WebBody::Whole(Body::none()),
        }
    }

    /// An answer to a request that the shell did not let through, in iTwin's form.
    #[must_use]
    pub fn refuse(status: u16, sentence: &str) -> Self {
        Answer::refuse(status, super::refusal(sentence)).into()
    }
}

impl From<Answer> for WebAnswer {
    fn from(answer: Answer) -> Self {
        Self {
            status: answer.status,
            headers: answer.headers,
            body: WebBody::Whole(answer.body),
        }
    }
}

impl WebBody {
    /// A body that is there, for what a shell has to say itself.
    #[must_use]
    pub fn of(bytes: Bytes) -> Self {
        Self::Whole(Body::of("", bytes))
    }

    /// A whole body in one piece; `None` for a stream.
    #[must_use]
    pub fn into_bytes(self) -> Option<Bytes> {
        match self {
            Self::Whole(body) => Some(body.into_bytes()),
            Self::Stream(_) => None,
        }
    }

    /// The body in pieces, as they come.
    #[must_use]
    pub fn into_pieces(self) -> BoxStream<'static, Result<Bytes, CutOff>> {
        match self {
            Self::Whole(body) => stream::iter(body.pieces.into_iter().map(Ok)).boxed(),
            Self::Stream(pieces) => pieces,
        }
    }

    /// Items that are bytes: the body as it is.
    pub(super) fn of_bytes(items: Items) -> Self {
        let pieces = items.map(|item| match item {
            Ok(item) => item.decode::<Bytes>().map_err(|error| CutOff {
                reason: error.to_string(),
            }),
            Err(end) => Err(cut_off(end)),
        });
        Self::Stream(pieces.boxed())
    }

    /// Items of any kind, each with its length.
    pub(super) fn of_items(items: Items) -> Self {
        Self::Stream(framed(items).boxed())
    }
}

fn framed(items: Items) -> impl Stream<Item = Result<Bytes, CutOff>> + Send {
    stream::unfold(Some(items), |items| async move {
        let mut items = items?;
        let (piece, rest) = match items.next().await {
            Some(Ok(item)) => (StreamPiece::Item(item), Some(items)),
            Some(Err(ItemsEnd::Failed(ending))) => (StreamPiece::Failed(*ending), None),
            Some(Err(end @ ItemsEnd::Pipe(_))) => return Some((Err(cut_off(end)), None)),
            None => (StreamPiece::End, None),
        };
        let written = piece.write().map(joined).map_err(|error| CutOff {
            reason: error.to_string(),
        });
        // Behind an item that cannot be written nothing else makes sense.
        let rest = rest.filter(|_| written.is_ok());
        Some((written, rest))
    })
}

/// One piece, since each piece is a chunk of its own on the connection.
fn joined([head, bytes]: [Bytes; 2]) -> Bytes {
    let mut whole = Vec::with_capacity(head.len() + bytes.len());
    whole.extend_from_slice(&head);
    whole.extend_from_slice(&bytes);
    whole.into()
}

fn cut_off(end: ItemsEnd) -> CutOff {
    let reason = match end {
        ItemsEnd::Failed(ending) => match *ending {
            Ending::Failed { message, .. } => message.into(),
            Ending::Refused { text, .. } => text.into(),
            Ending::Done(_) | Ending::Streaming => "it ended as no stream ends".to_owned(),
        },
        ItemsEnd::Pipe(error) => error.to_string(),
    };
    tracing::warn!(reason, "a stream was cut off");
    CutOff { reason }
}

impl fmt::Debug for WebBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(body) => f.debug_tuple("Whole").field(body).finish(),
            Self::Stream(_) => f.write_str("Stream"),
        }
    }
}
