//! Calls that run, and streams that are read.
//!
//! Both are objects that JavaScript holds: letting go of one, or collecting it, cancels it on the
//! other side. A promise that waits meanwhile is settled first.

use std::{
    cell::RefCell,
    fmt,
    future::poll_fn,
    rc::Rc,
    task::{Poll, Waker},
};

use futures_util::{
    StreamExt as _,
    future::{AbortHandle, abortable},
};
use twinbridge_common::{
    ipc::{Answered, Invoked, Items, ItemsEnd},
    wire::Ending,
};
use wasm_bindgen::prelude::*;

use crate::{failure, promise, to_javascript};

/// A call under way.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Running {
    abort: AbortHandle,
    answer: js_sys::Promise,
}

impl Running {
    pub(crate) fn new(invoked: Invoked) -> Self {
        let (invoked, abort) = abortable(invoked);
        let answer = promise(async move {
            match invoked.await {
                Ok(Ok(Answered::Ended(Ending::Done(result)))) => to_javascript::decoded(&result),
                Ok(Ok(Answered::Ended(ending))) => Err(failure::of_ending(&ending)),
                Ok(Ok(Answered::Streaming(items))) => Ok(ItemReader::new(items).into()),
                Ok(Err(error)) => Err(failure::of_pipe(&error)),
                // Whoever cancelled it waits no more.
                Err(_aborted) => Ok(JsValue::UNDEFINED),
            }
        });
        Self { abort, answer }
    }
}

#[wasm_bindgen]
impl Running {
    /// Resolves to the result, or to an [`ItemReader`]; rejects with a failure.
    #[wasm_bindgen(getter)]
    pub fn answer(&self) -> js_sys::Promise {
        self.answer.clone()
    }

    /// Gives the call up; its promise resolves to `undefined`.
    pub fn cancel(&self) {
        self.abort.abort();
    }
}

/// The items of a stream, one by one. What is taken becomes credit for the producer.
#[wasm_bindgen]
pub struct ItemReader {
    state: Rc<RefCell<State>>,
}

struct State {
    /// `None` after the end.
    items: Option<Items>,
    /// Who waits for the next item.
    waker: Option<Waker>,
}

impl ItemReader {
    fn new(items: Items) -> Self {
        let items = Some(items);
        let waker = None;
        Self {
            state: Rc::new(RefCell::new(State { items, waker })),
        }
    }

    fn let_go(&self) {
        let (items, waker) = {
            let mut state = self.state.borrow_mut();
            (state.items.take(), state.waker.take())
        };
        // Tells the producer, outside of the borrow.
        drop(items);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

#[wasm_bindgen]
impl ItemReader {
    /// Resolves to an array of one item, or to `undefined` after the last; rejects with a failure
    /// where the stream ended before its time. One at a time.
    pub fn next(&self) -> js_sys::Promise {
        let state = Rc::clone(&self.state);
        promise(async move {
            let item = poll_fn(|cx| {
                let mut state = state.borrow_mut();
                let Some(items) = &mut state.items else {
                    return Poll::Ready(None);
                };
                let polled = items.poll_next_unpin(cx);
                if polled.is_pending() {
                    state.waker = Some(cx.waker().clone());
                }
                polled
            });
            match item.await {
                Some(Ok(item)) => {
                    let item = to_javascript::decoded(&item)?;
                    Ok(js_sys::Array::of1(&item).into())
                }
                Some(Err(ItemsEnd::Failed(ending))) => Err(failure::of_ending(&ending)),
                Some(Err(ItemsEnd::Pipe(error))) => Err(failure::of_pipe(&error)),
                None => Ok(JsValue::UNDEFINED),
            }
        })
    }
}

/// Ends the stream at its producer. A promise that waits resolves to `undefined`.
impl Drop for ItemReader {
    fn drop(&mut self) {
        self.let_go();
    }
}

impl fmt::Debug for ItemReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ItemReader").finish_non_exhaustive()
    }
}
