//! What a call belongs to: a session, or without one the configuration that it came through.
//!
//! Plain identity: it keeps neither alive, and says nothing of them. `CallContext` hands it to
//! handlers that keep something for their callers.

use std::fmt;

use super::{endpoint::WeakEndpoint, scope::WeakScope};

/// What a call belongs to, which it does not keep alive.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Owner {
    /// A session: a page.
    Session(WeakEndpoint),
    /// What stands in for one where there is none.
    Scope(WeakScope),
}

/// What a call belongs to, as a key: two calls have equal owners if what they leave behind is to end
/// together, and [`CallContext::on_session_end`](super::CallContext::on_session_end) tells when. Of
/// no other owner, past or future, while it is held.
///
/// ```
/// use std::{collections::HashMap, sync::Mutex};
/// use twinbridge_common::{CallContext, ipc::CallOwner};
///
/// /// How often each page, or each configuration of RPC, has asked.
/// #[derive(Default)]
/// struct Asked(Mutex<HashMap<CallOwner, u32>>);
///
/// impl Asked {
///     /// To be called from a handler.
///     fn again(&self) -> Option<u32> {
///         let owner = CallContext::current()?.owner();
///         let mut table = self.0.lock().ok()?;
///         let times = table.entry(owner).or_default();
///         *times += 1;
///         Some(*times)
///     }
/// }
///
/// // Nobody is calling here.
/// assert_eq!(Asked::default().again(), None);
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CallOwner(pub(crate) Owner);

impl fmt::Debug for CallOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Owner::Session(_) => "CallOwner(session)",
            Owner::Scope(_) => "CallOwner(configuration)",
        })
    }
}
