//! A connection that ends so that the last answer arrives, and that ends where nobody takes it.
//!
//! A request may be refused while its body still comes. Closing a socket with unread bytes resets
//! the connection, and the answer is lost on the way; so what still comes is read for a while and
//! thrown away, after our side was closed. Connections without such a body end at once. One who asks
//! and does not read what is answered is not waited for either.

use std::{
    future::Future as _,
    io::{self, IoSlice},
    pin::Pin,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::{Buf as _, Bytes};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Sleep, sleep},
};

use super::refusal::Exchange;
use crate::rpc::web::ReplyBody;

/// How long bytes are thrown away.
const TIME: Duration = Duration::from_secs(5);

/// How many bytes are thrown away: bodies of twice the default limit.
const BYTES: usize = 128 * 1024 * 1024;

/// The body of a request, which tells when it is left unread.
#[derive(Debug)]
pub(super) struct Watched {
    body: Incoming,
    has_ended: bool,
    exchange: Arc<Exchange>,
}

impl Watched {
    pub(super) fn new(body: Incoming, exchange: Arc<Exchange>) -> Self {
        // There is another request, so the body of the one before was read, by whomever.
        exchange.is_unread.store(false, Ordering::Relaxed);
        Self {
            body,
            has_ended: false,
            exchange,
        }
    }
}

impl Body for Watched {
    type Data = <Incoming as Body>::Data;
    type Error = <Incoming as Body>::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let this = self.get_mut();
        let frame = ready!(Pin::new(&mut this.body).poll_frame(cx));
        // A body in chunks does not know of its end by itself.
        this.has_ended |= frame.is_none();
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.has_ended || self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if !self.is_end_stream() {
            self.exchange.is_unread.store(true, Ordering::Relaxed);
        }
    }
}

/// The body of an answer, which tells when hyper has all of it.
#[derive(Debug)]
pub(super) struct Answer {
    body: ReplyBody,
    exchange: Arc<Exchange>,
}

impl Answer {
    pub(super) fn new(body: ReplyBody, exchange: Arc<Exchange>) -> Self {
        exchange.answer();
        Self { body, exchange }
    }
}

impl Body for Answer {
    type Data = <ReplyBody as Body>::Data;
    type Error = <ReplyBody as Body>::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        Pin::new(&mut self.get_mut().body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.exchange.body_ended();
    }
}

/// A socket that reads on when it was closed with a body unread, and that says hyper's own refusals
/// in this server's words.
#[derive(Debug)]
pub(super) struct Lingering {
    stream: TcpStream,
    exchange: Arc<Exchange>,
    /// What is left to be sent of a refusal.
    refusal: Bytes,
    max_head: usize,
    ending: Option<Ending>,
    /// How long nothing may be taken of what is written.
    write_pause: Duration,
    /// When that is over; `None` while everything is taken.
    stalled: Option<Pin<Box<Sleep>>>,
}

#[derive(Debug)]
struct Ending {
    timeout: Pin<Box<Sleep>>,
    left: usize,
}

impl Lingering {
    pub(super) fn new(
        stream: TcpStream,
        exchange: Arc<Exchange>,
        max_head: usize,
        write_pause: Duration,
    ) -> Self {
        Self {
            stream,
            exchange,
            refusal: Bytes::new(),
            max_head,
            ending: None,
            write_pause,
            stalled: None,
        }
    }

    /// Sends `refusal` as the last thing of the connection.
    pub(super) fn refuse(&mut self, refusal: Bytes) {
        self.exchange.is_unread.store(true, Ordering::Relaxed);
        self.refusal = refusal;
    }

    /// Whether hyper's bytes are a refusal, which is sent in its own words then.
    fn takes(&mut self, bytes: &[IoSlice<'_>]) -> Option<usize> {
        self.refusal = self.exchange.refusal(bytes, self.max_head)?;
        Some(bytes.iter().map(|piece| piece.len()).sum())
    }

    /// Sends what is left of a refusal.
    fn poll_refusal(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.refusal.is_empty() {
            let written = Pin::new(&mut self.stream).poll_write(cx, &self.refusal);
            let len = ready!(self.wrote(written, cx))?;
            if len == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.refusal.advance(len);
        }
        Poll::Ready(Ok(()))
    }

    /// What came of a write, which fails if none went on for too long.
    fn wrote<T>(
        &mut self,
        written: Poll<io::Result<T>>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let pause = self.write_pause;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(pause)));
        ready!(stalled.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Lingering {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Lingering {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if let Some(taken) = this.takes(&[IoSlice::new(bytes)]) {
            return Poll::Ready(Ok(taken));
        }
        let written = Pin::new(&mut this.stream).poll_write(cx, bytes);
        this.wrote(written, cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if let Some(taken) = this.takes(bytes) {
            return Poll::Ready(Ok(taken));
        }
        let written = Pin::new(&mut this.stream).poll_write_vectored(cx, bytes);
        this.wrote(written, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_refusal(cx))?;
        ready!(Pin::new(&mut this.stream).poll_flush(cx))?;
        this.exchange.flushed();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_refusal(cx))?;
        let Self {
            stream,
            exchange,
            ending,
            ..
        } = this;
        if ending.is_none() {
            ready!(Pin::new(&mut *stream).poll_shutdown(cx))?;
            if !exchange.is_unread.load(Ordering::Relaxed) {
                return Poll::Ready(Ok(()));
            }
        }
        let ending = ending.get_or_insert_with(|| Ending {
            timeout: Box::pin(sleep(TIME)),
            left: BYTES,
        });
        let mut thrown_away = [0; 4096];
        while ending.left > 0 {
            let mut buffer = ReadBuf::new(&mut thrown_away);
            match Pin::new(&mut *stream).poll_read(cx, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    ending.left = ending.left.saturating_sub(buffer.filled().len());
                }
                // The other side is done, or gone.
                Poll::Ready(_) => break,
                Poll::Pending => {
                    ready!(ending.timeout.as_mut().poll(cx));
                    break;
                }
            }
        }
        Poll::Ready(Ok(()))
    }
}
