//! A connection that ends so that the last answer arrives.
//!
//! A request may be refused while its body still comes. Closing a socket with unread bytes resets
//! the connection, and the answer is lost on the way; so what still comes is read for a while and
//! thrown away, after our side was closed.

use std::{
    future::Future as _,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Sleep, sleep},
};

/// How long bytes are thrown away.
const TIME: Duration = Duration::from_secs(5);

/// How many bytes are thrown away: bodies of twice the default limit.
const BYTES: usize = 128 * 1024 * 1024;

/// A socket that reads on when it was closed.
#[derive(Debug)]
pub(super) struct Lingering {
    stream: TcpStream,
    ending: Option<Ending>,
}

#[derive(Debug)]
struct Ending {
    timeout: Pin<Box<Sleep>>,
    left: usize,
}

impl Lingering {
    pub(super) fn new(stream: TcpStream) -> Self {
        let ending = None;
        Self { stream, ending }
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
        Pin::new(&mut self.get_mut().stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { stream, ending } = self.get_mut();
        if ending.is_none() {
            ready!(Pin::new(&mut *stream).poll_shutdown(cx))?;
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
