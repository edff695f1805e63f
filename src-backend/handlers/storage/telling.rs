//! Tells pages of changes that others made.
//!
//! Telling is queueing a message, and never waits for a page. A page for which there is no room
//! is told once there is, that it missed something; until then it is told nothing of that store.

use std::sync::{Arc, Mutex};

use tokio::runtime::Handle;
use twinbridge_common::{
    CallError,
    interfaces::storage::{StorageChangedSender, StoreChange},
    ipc::{Endpoint, NotificationSender, PipeError},
};

use super::{
    lock,
    name::StoreName,
    table::{Asker, Listener, Table},
};

/// Tells all who have the store open of a change, but `by` who made it. No other change of the
/// store can be made meanwhile. The table is not locked while a message is sent, since pages of
/// this process may handle it at once.
pub(super) fn tell(table: &Arc<Mutex<Table>>, by: &Asker, name: &StoreName, change: &StoreChange) {
    let audience = lock(table).audience(by, name);
    for Listener { asker, page } in audience {
        let sent = sender_to(&page).changed(name.as_str().to_owned(), change.clone());
        match sent.now() {
            Ok(()) => {}
            Err(CallError::Pipe(PipeError::Full { .. })) => {
                if lock(table).fell_behind(&asker, name) {
                    tell_of_loss(table, asker, page, name);
                }
            }
            // The page is going away, and hears of nothing.
            Err(error) => tracing::debug!(%error, "a page did not hear of a change"),
        }
    }
}

/// Tells a page that it missed something, as soon as there is room. The waiting ends with the
/// page. Without a runtime nobody waits, and the page is told nothing until it opens the store
/// again.
fn tell_of_loss(table: &Arc<Mutex<Table>>, asker: Asker, page: Endpoint, name: &StoreName) {
    let Ok(runtime) = Handle::try_current() else {
        return;
    };
    let (table, name) = (Arc::clone(table), name.clone());
    runtime.spawn(async move {
        while let Some(missed) = missed(&table, &asker, &name) {
            let store = name.as_str().to_owned();
            let told = sender_to(&page).changed(store, StoreChange::Missed).await;
            // What was missed after this look at the count may have come too late for it.
            if told.is_err() || lock(&table).caught_up(&asker, &name, missed) {
                return;
            }
        }
    });
}

/// [`Table::missed`], without a lock that lives as long as a `while let`.
fn missed(table: &Mutex<Table>, asker: &Asker, name: &StoreName) -> Option<u64> {
    lock(table).missed(asker, name)
}

fn sender_to(page: &Endpoint) -> StorageChangedSender {
    StorageChangedSender::new(NotificationSender::new(Arc::new(page.clone())))
}
