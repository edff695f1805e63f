//! Switches that are set at run time: which features, and so which interfaces, an app offers.
//!
//! A value that code shares by cloning it; nothing in here reads the environment or a file, it
//! takes what somebody read. iModel.js: `FeatureGates`.

mod parse;

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, Weak},
};

use super::lock::lock;

pub use self::parse::GateFileError;

/// What a gate is set to.
#[cfg_attr(doc, doc = include_str!("../../examples/gates.md"))]
#[derive(Clone, Debug, PartialEq)]
pub enum GateValue {
    /// Open or shut.
    Bool(bool),
    /// A number, such as a limit.
    Number(f64),
    /// A text, such as the name of a variant.
    Text(String),
}

impl GateValue {
    /// Whether a feature with this value is there: `true`, or a number but zero. A text opens
    /// nothing: who writes `off`, `no` or `False` means something else than what is not empty.
    #[must_use]
    pub fn is_open(&self) -> bool {
        match self {
            Self::Bool(is_open) => *is_open,
            Self::Number(number) => *number != 0.0,
            Self::Text(_) => false,
        }
    }
}

impl From<bool> for GateValue {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<f64> for GateValue {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl From<&str> for GateValue {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

/// A set of gates by name. Clones are the same set.
///
/// ```
/// use twinbridge_common::rpc::FeatureGates;
///
/// let gates = FeatureGates::default();
/// assert!(gates.check("notes.sharing", true));
/// gates.set("notes.sharing", false);
/// assert!(!gates.check("notes.sharing", true));
/// ```
#[cfg_attr(doc, doc = include_str!("../../examples/gates.md"))]
#[derive(Clone, Default)]
pub struct FeatureGates {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    values: HashMap<String, GateValue>,
    listeners: Vec<Entry>,
    next: u64,
}

type Hear = Arc<dyn Fn(Option<&GateValue>) -> bool + Send + Sync>;

#[derive(Clone)]
struct Entry {
    id: u64,
    feature: Arc<str>,
    /// Says whether it wants to hear of more.
    hear: Hear,
}

impl FeatureGates {
    /// Sets a gate, and tells its listeners where that changes it. They are called in here, in
    /// the order they came.
    pub fn set(&self, feature: &str, value: impl Into<GateValue>) {
        self.change(feature, Some(&value.into()));
    }

    /// Takes a gate back to its default, and tells its listeners where that changes it.
    pub fn clear(&self, feature: &str) {
        self.change(feature, None);
    }

    /// What a gate is set to; `None` where nobody set it.
    #[must_use]
    pub fn value(&self, feature: &str) -> Option<GateValue> {
        self.lock().values.get(feature).cloned()
    }

    /// Whether a feature is there; `default` where nobody set its gate. One that is set to a text
    /// is shut.
    #[must_use]
    pub fn check(&self, feature: &str, default: bool) -> bool {
        let state = self.lock();
        state
            .values
            .get(feature)
            .map_or(default, GateValue::is_open)
    }

    /// Warns about gates of RPC interfaces, `rpc.<name>`, that are set to a text, which keeps them
    /// shut, or that name none of these interfaces. Gives their names.
    pub fn warn_of_interfaces<'a>(&self, known: impl IntoIterator<Item = &'a str>) -> Vec<String> {
        let known: Vec<&str> = known.into_iter().collect();
        let state = self.lock();
        let odd = state.values.iter().filter_map(|(feature, value)| {
            let name = feature.strip_prefix("rpc.")?;
            let problem = if !known.contains(&name) {
                "there is no such interface"
            } else if matches!(value, GateValue::Text(_)) {
                "it is neither true, false nor a number, so the interface stays shut"
            } else {
                return None;
            };
            Some((feature.clone(), problem))
        });
        let odd: Vec<_> = odd.collect();
        drop(state);
        for (feature, problem) in &odd {
            tracing::warn!(
                feature,
                "a gate says nothing that can be followed: {problem}"
            );
        }
        odd.into_iter().map(|(feature, _)| feature).collect()
    }

    /// Calls `listener` at every change of a gate, while the guard lives. `None` is a gate that
    /// was cleared.
    pub fn listen(
        &self,
        feature: &str,
        listener: impl Fn(Option<&GateValue>) + Send + Sync + 'static,
    ) -> GateListener {
        let id = self.add(feature, move |value| {
            listener(value);
            true
        });
        GateListener {
            id,
            state: Arc::downgrade(&self.state),
        }
    }

    /// Calls `follower` at every change of a gate, until it says that it is gone.
    pub(super) fn follow(
        &self,
        feature: &str,
        follower: impl Fn() -> bool + Send + Sync + 'static,
    ) {
        self.add(feature, move |_| follower());
    }

    fn add(
        &self,
        feature: &str,
        hear: impl Fn(Option<&GateValue>) -> bool + Send + Sync + 'static,
    ) -> u64 {
        let mut state = self.lock();
        state.next += 1;
        let id = state.next;
        state.listeners.push(Entry {
            id,
            feature: feature.into(),
            hear: Arc::new(hear),
        });
        id
    }

    fn change(&self, feature: &str, value: Option<&GateValue>) {
        let listeners: Vec<Entry> = {
            let mut state = self.lock();
            let before = match value {
                Some(value) => state.values.insert(feature.to_owned(), value.clone()),
                None => state.values.remove(feature),
            };
            if before.as_ref() == value {
                return;
            }
            let listeners = state.listeners.iter();
            listeners
                .filter(|entry| *entry.feature == *feature)
                .cloned()
                .collect()
        };
        // Called while nothing is locked: they may look at the gates, and set others.
        for entry in listeners {
            if !(entry.hear)(value) {
                self.lock().remove(entry.id);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl State {
    /// Gives what it took out, so that it is dropped when nothing is locked.
    fn remove(&mut self, id: u64) -> Option<Entry> {
        let at = self.listeners.iter().position(|entry| entry.id == id)?;
        Some(self.listeners.remove(at))
    }
}

impl fmt::Debug for FeatureGates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(&self.lock().values).finish()
    }
}

/// Keeps a listener of a gate. Dropping it detaches the listener.
#[cfg_attr(doc, doc = include_str!("../../examples/gates.md"))]
#[must_use = "the listener is detached when this guard is dropped"]
pub struct GateListener {
    id: u64,
    state: Weak<Mutex<State>>,
}

impl Drop for GateListener {
    fn drop(&mut self) {
        if let Some(state) = self.state.upgrade() {
            let mut state = lock(&state);
            let entry = state.remove(self.id);
            drop(state);
            drop(entry);
        }
    }
}

impl fmt::Debug for GateListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GateListener").finish_non_exhaustive()
    }
}
