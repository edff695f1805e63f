//! Where calls and messages come from.
//!
//! The origin of a message is set around its listeners, as that of a call is part of its context.
//! Used by handlers and listeners, which read it with [`Origin::current`].

use std::{cell::RefCell, sync::Arc};

use super::CallContext;

thread_local! {
    /// Who sent the message that is being listened to.
    static SENDER: RefCell<Option<Origin>> = const { RefCell::new(None) };
}

/// Where calls of one session come from.
#[cfg_attr(doc, doc = include_str!("../../examples/context.md"))]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Origin {
    /// Number of the session, counted from 1 over the life of the backend.
    pub session: u64,
    /// Label of the window, or another name for what is at the other end of the pipe.
    pub window: Arc<str>,
}

impl Origin {
    pub(crate) fn new(session: u64, window: Arc<str>) -> Self {
        Self { session, window }
    }

    /// Of a message that has not been sent.
    pub(crate) fn unknown() -> Self {
        Self::new(0, "".into())
    }

    /// Who sent the call or the message that this thread is at; `None` outside of handlers and
    /// listeners.
    #[must_use]
    pub fn current() -> Option<Self> {
        SENDER
            .with_borrow(Clone::clone)
            .or_else(|| CallContext::current().map(|context| context.origin().clone()))
    }

    /// Runs `f` as the listener of a message from here.
    pub(crate) fn enter<T>(&self, f: impl FnOnce() -> T) -> T {
        struct Restore(Option<Origin>);
        impl Drop for Restore {
            fn drop(&mut self) {
                SENDER.set(self.0.take());
            }
        }
        let _restore = Restore(SENDER.replace(Some(self.clone())));
        f()
    }
}
