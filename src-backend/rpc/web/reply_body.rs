//! The body of an answer on its way out: whole, bit by bit, or compressed on the way.
//!
//! Large bodies and streams are compressed piece by piece as the connection takes them, so that no
//! thread is held for long and memory stays bounded.

use std::{
    collections::VecDeque,
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes as Data;
use futures_util::{StreamExt as _, stream::BoxStream};
use http_body::{Body, Frame, SizeHint};
use tokio::sync::OwnedSemaphorePermit;
use twinbridge_common::{
    Bytes,
    rpc::web::{CutOff, WebBody},
};

use super::compress::{Encoder, Encoding};

/// Longest body that is compressed at once, in bytes; of a longer one the parts, so long each.
const AT_ONCE: usize = 64 * 1024;

/// Longest piece that is moved rather than shared with what made it.
const SMALL: usize = 4096;

/// The body of an answer.
#[cfg_attr(doc, doc = include_str!("../../examples/service.md"))]
pub struct ReplyBody {
    kind: Kind,
    /// Room of the call that a stream is made by; given back with it.
    held: Option<OwnedSemaphorePermit>,
}

enum Kind {
    Whole {
        pieces: VecDeque<Data>,
        len: u64,
    },
    Stream(BoxStream<'static, Result<Bytes, CutOff>>),
    Encoded {
        source: Source,
        /// `None` after the end.
        encoder: Option<Box<Encoder>>,
    },
    /// It fails, once what was sent before had its turn.
    CutOff(Option<CutOff>),
}

/// What is compressed.
enum Source {
    Pieces(VecDeque<Data>),
    Stream(BoxStream<'static, Result<Bytes, CutOff>>),
}

impl ReplyBody {
    /// The body as it is.
    pub(crate) fn plain(body: WebBody) -> Self {
        Self::made_of(match body {
            WebBody::Whole(body) => Kind::whole(body.pieces.into_iter().map(data).collect()),
            WebBody::Stream(pieces) => Kind::Stream(pieces),
        })
    }

    /// The body compressed.
    pub(super) fn encoded(body: WebBody, encoding: Encoding) -> Self {
        let (source, len) = match body {
            WebBody::Whole(body) => {
                let len = body.len();
                let pieces = body.pieces.into_iter().map(data);
                (Source::Pieces(pieces.collect()), Some(len))
            }
            WebBody::Stream(pieces) => (Source::Stream(pieces), None),
        };
        let mut encoder = Encoder::new(encoding, len);
        match source {
            Source::Pieces(pieces) if len.is_some_and(|len| len <= AT_ONCE) => {
                for piece in &pieces {
                    encoder.write(piece);
                }
                Self::made_of(Kind::whole([encoder.finish()].into()))
            }
            source => Self::made_of(Kind::Encoded {
                source,
                encoder: Some(Box::new(encoder)),
            }),
        }
    }

    /// Bytes that are there already.
    pub(crate) fn of(bytes: Data) -> Self {
        Self::made_of(Kind::whole([bytes].into()))
    }

    /// Keeps a stream's room until its end.
    pub(super) fn hold(&mut self, held: OwnedSemaphorePermit) {
        if !matches!(self.kind, Kind::Whole { .. }) {
            self.held = Some(held);
        }
    }

    fn made_of(kind: Kind) -> Self {
        Self { kind, held: None }
    }
}

impl Kind {
    fn whole(pieces: VecDeque<Data>) -> Self {
        let len = pieces.iter().map(|piece| piece.len() as u64).sum();
        Self::Whole { pieces, len }
    }
}

fn data(bytes: Bytes) -> Data {
    if bytes.len() <= SMALL {
        bytes.into_vec().into()
    } else {
        Data::from_owner(bytes)
    }
}

impl Body for ReplyBody {
    type Data = Data;
    type Error = CutOff;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Data>, CutOff>>> {
        let kind = &mut self.get_mut().kind;
        let piece = match kind {
            Kind::Whole { pieces, len } => pieces.pop_front().map(|piece| {
                *len -= piece.len() as u64;
                Ok(piece)
            }),
            Kind::Stream(pieces) => {
                let piece = ready!(pieces.poll_next_unpin(cx));
                piece.map(|piece| piece.map(data))
            }
            Kind::Encoded { source, encoder } => ready!(poll_encoded(source, encoder, cx)),
            Kind::CutOff(cut) => return Poll::Ready(cut.take().map(Err)),
        };
        if let Some(Err(cut)) = piece {
            // The connection is broken off for it, with all that was not written to it by then.
            *kind = Kind::CutOff(Some(cut));
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(piece.map(|piece| piece.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Whole { pieces, .. } => pieces.is_empty(),
            Kind::Stream(_) | Kind::CutOff(Some(_)) => false,
            Kind::CutOff(None) => true,
            Kind::Encoded { encoder, .. } => encoder.is_none(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Whole { len, .. } => SizeHint::with_exact(*len),
            Kind::Stream(_) | Kind::Encoded { .. } | Kind::CutOff(_) => SizeHint::default(),
        }
    }
}

/// The next compressed bytes. Of pieces at most [`AT_ONCE`] are compressed before some are given;
/// of a stream every item is given when it is there, since somebody may wait for it.
fn poll_encoded(
    source: &mut Source,
    encoder: &mut Option<Box<Encoder>>,
    cx: &mut Context<'_>,
) -> Poll<Option<Result<Data, CutOff>>> {
    loop {
        let Some(running) = encoder else {
            return Poll::Ready(None);
        };
        let next = match source {
            Source::Pieces(pieces) => pieces.pop_front().map(|mut part| {
                if part.len() > AT_ONCE {
                    pieces.push_front(part.split_off(AT_ONCE));
                }
                Ok(part)
            }),
            Source::Stream(pieces) => {
                let piece = ready!(pieces.poll_next_unpin(cx));
                piece.map(|piece| piece.map(data))
            }
        };
        let given = match next {
            Some(Ok(part)) => {
                running.write(&part);
                match source {
                    Source::Pieces(_) => running.ready(),
                    Source::Stream(_) => running.flush(),
                }
            }
            Some(Err(cut)) => {
                *encoder = None;
                return Poll::Ready(Some(Err(cut)));
            }
            None => encoder
                .take()
                .map(|encoder| encoder.finish())
                .unwrap_or_default(),
        };
        if !given.is_empty() {
            return Poll::Ready(Some(Ok(given)));
        }
    }
}

impl fmt::Debug for ReplyBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match &self.kind {
            Kind::Whole { .. } => "whole",
            Kind::Stream(_) => "stream",
            Kind::Encoded { .. } => "encoded",
            Kind::CutOff(_) => "cut off",
        };
        f.debug_tuple("ReplyBody").field(&kind).finish()
    }
}
