//! Values kept by type: what belongs to one call, or to one session.
//!
//! A handler keeps here what must end with its page: an open file, a lock, who has logged in.
//! Shared by all clones of its owner; nothing in it travels.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

type Values = HashMap<TypeId, Arc<dyn Any + Send + Sync>>;

/// One value per type.
///
/// ```
/// use twinbridge_common::ipc::Extensions;
///
/// let extensions = Extensions::default();
/// assert_eq!(extensions.get::<String>(), None);
/// extensions.insert("kept".to_owned());
/// assert_eq!(*extensions.get::<String>().unwrap(), "kept");
/// assert_eq!(*extensions.get_or_insert_with(|| "other".to_owned()), "kept");
/// ```
#[cfg_attr(doc, doc = include_str!("../../examples/context.md"))]
#[derive(Default)]
pub struct Extensions {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    values: Values,
    /// The owner is gone: what is put in is not kept.
    is_over: bool,
}

impl Extensions {
    /// The value of type `T`.
    #[must_use]
    pub fn get<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        let value = self.lock().values.get(&TypeId::of::<T>()).cloned();
        value.and_then(|value| value.downcast().ok())
    }

    /// Puts a value in, and gives the one of this type that was there. After the session's end
    /// nothing is kept.
    pub fn insert<T: Send + Sync + 'static>(&self, value: T) -> Option<Arc<T>> {
        let value = Arc::new(value);
        let mut state = self.lock();
        if state.is_over {
            return None;
        }
        let before = state.values.insert(TypeId::of::<T>(), value);
        drop(state);
        before.and_then(|value| value.downcast().ok())
    }

    /// The value of type `T`; where there is none, what `make` makes.
    pub fn get_or_insert_with<T: Send + Sync + 'static>(&self, make: impl FnOnce() -> T) -> Arc<T> {
        if let Some(value) = self.get() {
            return value;
        }
        // Made while nothing is locked: it is the app's code.
        let made = Arc::new(make());
        let mut state = self.lock();
        if state.is_over {
            return made;
        }
        let value = state
            .values
            .entry(TypeId::of::<T>())
            .or_insert_with(|| Arc::clone(&made) as Arc<_>);
        // Somebody else may have been faster.
        Arc::clone(value).downcast().unwrap_or(made)
    }

    /// Lets go of everything, for good.
    pub(crate) fn clear(&self) {
        let values = {
            let mut state = self.lock();
            state.is_over = true;
            std::mem::take(&mut state.values)
        };
        // Dropped while nothing is locked: that is the app's code, too.
        drop(values);
    }

    /// The table holds no invariant that a panic between two statements could break.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Extensions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Extensions")
            .field("values", &self.lock().values.len())
            .finish_non_exhaustive()
    }
}
