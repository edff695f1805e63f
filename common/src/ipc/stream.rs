//! Streams: a result that comes item by item.
//!
//! A handler returns an [`IpcStream`], a caller gets one. In between the items travel by credit:
//! the consumer says how much it takes, so a slow one makes its producer wait and never costs
//! unbounded memory. Dropping either end ends the other.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use futures_channel::mpsc;
use futures_util::{Stream, StreamExt as _, future::poll_fn, stream::BoxStream};
use serde::de::DeserializeOwned;

use super::{
    CallError, CodecError, NoError,
    call::read_failure,
    items::{Items, ItemsEnd},
};

/// Items of type `T`, in order, up to an end or an error.
///
/// As the result of a method of a contract it is written `IpcStream<T>`, or `IpcStream<T, E>`
/// for a stream that may fail half-way with an error of its own. The method's own error is the
/// one that keeps the stream from starting: `Result<IpcStream<T>, NoteError>`.
///
/// A handler makes it of any [`Stream`], or of a [`channel`](Self::channel); a caller reads it
/// with [`next`](Self::next), or as a [`Stream`]. The handler's stream is polled only as fast as
/// the consumer takes items: about [`stream_items`](crate::wire::Limits::stream_items) and
/// [`stream_bytes`](crate::wire::Limits::stream_bytes) ahead of it.
///
/// ```
/// use twinbridge_common::ipc::{IpcStream, in_process};
///
/// let mut stream: IpcStream<u32> = IpcStream::of(futures_util::stream::iter([1, 2]));
/// in_process::pair().run(async {
///     assert_eq!(stream.next().await.transpose()?, Some(1));
///     assert_eq!(stream.next().await.transpose()?, Some(2));
///     assert_eq!(stream.next().await.transpose()?, None);
///     Ok::<(), twinbridge_common::CallError>(())
/// })?;
/// # Ok::<(), twinbridge_common::CallError>(())
/// ```
///
/// # Cancellation
/// Dropping it on the caller's side drops the handler's stream and raises the cancellation of
/// its call. Items that were under way are lost.
#[cfg_attr(doc, doc = include_str!("../../examples/streams.md"))]
#[must_use = "a stream that is dropped is cancelled"]
pub struct IpcStream<T, E = NoError> {
    /// `None` after the end.
    items: Option<BoxStream<'static, Result<T, CallError<E>>>>,
}

impl<T: 'static, E: 'static> IpcStream<T, E> {
    /// A stream of results. The first error is its end.
    pub fn new(items: impl Stream<Item = Result<T, E>> + Send + 'static) -> Self {
        Self::of_results(items.map(|item| item.map_err(CallError::App)))
    }

    /// A stream of items that ends in order.
    pub fn of(items: impl Stream<Item = T> + Send + 'static) -> Self {
        Self::of_results(items.map(Ok))
    }

    fn of_results(items: impl Stream<Item = Result<T, CallError<E>>> + Send + 'static) -> Self {
        Self {
            items: Some(items.boxed()),
        }
    }

    /// A stream and the way to feed it. Sending waits while `capacity` items, and those that are
    /// on their way to the consumer, have not been taken; the stream ends when all senders are
    /// dropped.
    pub fn channel(capacity: usize) -> (StreamSender<T, E>, Self)
    where
        T: Send,
        E: Send,
    {
        let (sender, receiver) = mpsc::channel(capacity);
        (StreamSender { sender }, Self::new(receiver))
    }

    /// The next item; `None` after the last. After an error there are none.
    ///
    /// # Errors
    /// What ended the stream before its time: [`CallError::App`] with the stream's own error,
    /// [`CallError::Pipe`] where the session ended.
    ///
    /// # Cancellation
    /// Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Result<T, CallError<E>>> {
        poll_fn(|cx| self.poll_next_unpin(cx)).await
    }

    /// A stream that came from the other side.
    pub(super) fn received(items: Items) -> Self
    where
        T: DeserializeOwned,
        E: DeserializeOwned,
    {
        Self::of_results(items.map(|item| {
            match item {
                Ok(item) => item
                    .decode()
                    .map_err(|error| CallError::Codec(CodecError::Reply(error))),
                Err(ItemsEnd::Failed(ending)) => Err(read_failure(*ending)),
                Err(ItemsEnd::Pipe(error)) => Err(CallError::Pipe(error)),
            }
        }))
    }
}

impl<T, E> Stream for IpcStream<T, E> {
    type Item = Result<T, CallError<E>>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(items) = &mut self.items else {
            return Poll::Ready(None);
        };
        let item = std::task::ready!(items.poll_next_unpin(cx));
        if !matches!(item, Some(Ok(_))) {
            // Whatever the items hold is let go of now, and not when the consumer has time.
            self.items = None;
        }
        Poll::Ready(item)
    }
}

impl<T, E> fmt::Debug for IpcStream<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IpcStream")
            .field("is_over", &self.items.is_none())
            .finish_non_exhaustive()
    }
}

/// Feeds a stream made with [`IpcStream::channel`]. Clones feed the same stream.
#[cfg_attr(doc, doc = include_str!("../../examples/streams.md"))]
pub struct StreamSender<T, E = NoError> {
    sender: mpsc::Sender<Result<T, E>>,
}

/// The consumer has dropped the stream, or its session ended.
#[cfg_attr(doc, doc = include_str!("../../examples/streams.md"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nobody takes the items of this stream any more")]
pub struct StreamClosed;

impl<T, E> StreamSender<T, E> {
    /// Sends an item, as soon as there is room.
    ///
    /// # Errors
    /// [`StreamClosed`] where nobody takes it any more: stop producing.
    ///
    /// # Cancellation
    /// An item whose sending was dropped was not sent.
    pub async fn send(&mut self, item: T) -> Result<(), StreamClosed> {
        self.push(Ok(item)).await
    }

    /// Ends the stream with an error, as soon as there is room.
    ///
    /// # Errors
    /// [`StreamClosed`] where nobody would hear of it.
    pub async fn fail(mut self, error: E) -> Result<(), StreamClosed> {
        self.push(Err(error)).await
    }

    async fn push(&mut self, item: Result<T, E>) -> Result<(), StreamClosed> {
        let room = poll_fn(|cx| self.sender.poll_ready(cx)).await;
        room.map_err(|_| StreamClosed)?;
        self.sender.start_send(item).map_err(|_| StreamClosed)
    }

    /// Whether nobody takes the items any more.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }
}

impl<T, E> Clone for StreamSender<T, E> {
    fn clone(&self) -> Self {
        Self {
            sender: self.sender.clone(),
        }
    }
}

impl<T, E> fmt::Debug for StreamSender<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamSender").finish_non_exhaustive()
    }
}
