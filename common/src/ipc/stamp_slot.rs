//! Where a caller finds the stamps of its call.
//!
//! A slot that the session fills before it hands the reply out; it passes through sockets over
//! other sockets as part of the call. Used by whoever shows what calls cost.

use std::sync::{Arc, OnceLock};

use crate::wire::Stamps;

/// Asks for the [`Stamps`] of one call, and has them once it is answered. Clones are the same
/// slot.
///
/// ```
/// # use twinbridge_common::{FrontendIpc, ipc::{self, in_process, test_contract::*, IpcClient as _}};
/// # let pair = in_process::pair();
/// # let page = pair.connect("main");
/// # pair.run(async {
/// # let frontend = FrontendIpc::startup(page, ipc::Declared::default()).await?;
/// use twinbridge_common::{ipc::{Caller, StampSlot}, wire::{ChannelName, MethodName, Value}};
///
/// let stamps = StampSlot::default();
/// let caller = Caller::new(std::sync::Arc::new(frontend.socket()?));
/// let (channel, method) = (ChannelName::literal("notes"), MethodName::literal("read"));
/// let call = caller.call::<Value>(channel, method, &(7,)).stamped(&stamps);
/// assert!(call.await.is_err(), "nobody handles `notes` here");
/// assert_eq!(stamps.get(), None, "and so there is nothing to time");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug, Default)]
pub struct StampSlot(Arc<OnceLock<Stamps>>);

impl StampSlot {
    /// The stamps; `None` before the call was answered, where no handler answered it, and where
    /// the other side is of an age that gives none.
    #[must_use]
    pub fn get(&self) -> Option<Stamps> {
        self.0.get().copied()
    }

    /// Only the first stamps of a call count.
    pub(crate) fn fill(&self, stamps: Stamps) {
        let _ = self.0.set(stamps);
    }
}
