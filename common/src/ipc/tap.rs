//! Where the traffic of all sessions of a backend can be watched: by the inspector, a recording.
//!
//! A session asks one flag per frame and does no more while nobody watches. A watcher is called
//! under the session's lock, so it must neither wait nor call back; it brings its own clock and
//! its own queue. Used by the backend's sockets; a page's end has none.

use std::{
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
};

use super::{EndReason, Origin};
use crate::wire::Frame;

/// What a watcher sees of a session.
#[cfg_attr(doc, doc = include_str!("../../examples/watching.md"))]
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Watched<'a> {
    /// The page sent a frame; one that came in pieces is shown whole.
    Received(&'a Frame),
    /// The backend queued a frame. A [`Frame::Stamps`] is shown before each reply whose call a
    /// handler answered, also where its caller did not ask for it.
    Sent(&'a Frame),
    /// The session is over.
    Ended(&'a EndReason),
}

type Watcher = dyn Fn(&Origin, Watched<'_>) + Send + Sync;

/// The watchers of all sessions of a backend.
#[derive(Default)]
pub(crate) struct Tap {
    is_on: AtomicBool,
    watchers: Mutex<Watchers>,
}

#[derive(Default)]
struct Watchers {
    next: u64,
    all: Arc<[(u64, Arc<Watcher>)]>,
}

impl Tap {
    /// Lets `watcher` see everything from here on, until the guard is dropped.
    pub(crate) fn watch(
        self: &Arc<Self>,
        watcher: impl Fn(&Origin, Watched<'_>) + Send + Sync + 'static,
    ) -> Watch {
        let mut watchers = self.lock();
        let id = watchers.next;
        watchers.next += 1;
        let mut all = watchers.all.to_vec();
        all.push((id, Arc::new(watcher)));
        watchers.all = all.into();
        // With the watchers locked, so that the flag says what the list does.
        self.is_on.store(true, Ordering::Release);
        Watch {
            id,
            tap: Arc::downgrade(self),
        }
    }

    fn tell(&self, origin: &Origin, what: Watched<'_>) {
        let watchers = Arc::clone(&self.lock().all);
        for (_, watcher) in watchers.iter() {
            watcher(origin, what);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Watchers> {
        self.watchers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Tap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tap")
            .field("watchers", &self.lock().all.len())
            .finish_non_exhaustive()
    }
}

/// Keeps a watcher of [`BackendSocket::watch`](super::BackendSocket::watch) attached.
#[cfg_attr(doc, doc = include_str!("../../examples/watching.md"))]
#[must_use = "the watcher is detached when this guard is dropped"]
pub struct Watch {
    id: u64,
    tap: Weak<Tap>,
}

impl Watch {
    /// Detaches now; same as dropping, said aloud.
    pub fn remove(self) {}
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(tap) = self.tap.upgrade() {
            // Outlives the lock: what a watcher holds is its owner's.
            let _before;
            let mut watchers = tap.lock();
            let others = watchers.all.iter().filter(|(id, _)| *id != self.id);
            let others: Arc<[_]> = others.cloned().collect();
            tap.is_on.store(!others.is_empty(), Ordering::Release);
            _before = std::mem::replace(&mut watchers.all, others);
        }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// A session's own end of the tap.
#[derive(Debug, Default)]
pub(crate) struct SessionTap(Option<(Arc<Tap>, Origin)>);

impl SessionTap {
    pub(crate) fn new(tap: Arc<Tap>, origin: Origin) -> Self {
        Self(Some((tap, origin)))
    }

    /// The only thing that traffic costs while nobody watches.
    pub(crate) fn is_on(&self) -> bool {
        matches!(&self.0, Some((tap, _)) if tap.is_on.load(Ordering::Relaxed))
    }

    pub(crate) fn tell(&self, what: Watched<'_>) {
        if let Some((tap, origin)) = &self.0
            && tap.is_on.load(Ordering::Relaxed)
        {
            tap.tell(origin, what);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[test]
    fn the_flag_is_up_while_somebody_watches_and_no_longer() {
        let tap = Arc::new(Tap::default());
        let session = SessionTap::new(Arc::clone(&tap), Origin::new(1, "main".into()));
        assert!(!session.is_on());
        assert!(!SessionTap::default().is_on(), "a page's end");
        let seen = Arc::new(AtomicUsize::new(0));
        let watch = || {
            let seen = Arc::clone(&seen);
            tap.watch(move |_, _| {
                seen.fetch_add(1, Ordering::Relaxed);
            })
        };
        let (first, second) = (watch(), watch());
        session.tell(Watched::Sent(&Frame::Cancel { call: 1 }));
        assert_eq!(seen.load(Ordering::Relaxed), 2);
        drop(first);
        assert!(session.is_on());
        session.tell(Watched::Sent(&Frame::Cancel { call: 1 }));
        assert_eq!(seen.load(Ordering::Relaxed), 3);
        second.remove();
        assert!(!session.is_on());
        session.tell(Watched::Sent(&Frame::Cancel { call: 1 }));
        assert_eq!(seen.load(Ordering::Relaxed), 3);
    }
}
