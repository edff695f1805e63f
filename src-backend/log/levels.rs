//! From which level on each category is logged, changed while the program runs.
//!
//! A category is a path of modules, such as `twinbridge::serve`, and all below it. What the
//! environment says stays in force for all that nobody set.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tracing::{Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{EnvFilter, filter::Directive, reload};

/// Most categories that levels are set for.
const MAX_CATEGORIES: usize = 1000;

/// Longest category, in bytes.
const MAX_CATEGORY: usize = 200;

/// The levels of log categories. Clones are the same.
#[cfg_attr(doc, doc = include_str!("../examples/handlers.md"))]
#[derive(Clone, Default)]
pub struct Levels {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// What nobody set, as `RUST_LOG` writes it, in front of `RUST_LOG` itself.
    default: String,
    set: BTreeMap<String, LevelFilter>,
    filters: Vec<Box<dyn Fn(EnvFilter) + Send>>,
}

impl Levels {
    /// Levels that begin as `directives` say, where `RUST_LOG` does not say otherwise.
    #[must_use]
    pub fn new(directives: &str) -> Self {
        let levels = Self::default();
        directives.clone_into(&mut levels.lock().default);
        levels
    }

    /// Sets the level from which a category is logged, and gives the one that was set for it
    /// before. What is no category, and more than 1000 of them, changes nothing.
    pub fn set(&self, category: &str, level: LevelFilter) -> Option<LevelFilter> {
        let mut state = self.lock();
        let is_new = !state.set.contains_key(category);
        if directive(category, level).is_none() || is_new && state.set.len() == MAX_CATEGORIES {
            // Anybody may name one, of any length and with any characters; a text is escaped.
            let begin: String = category.chars().take(MAX_CATEGORY).collect();
            tracing::warn!(
                begin,
                len = category.len(),
                "the level of a category was not set"
            );
            return None;
        }
        let before = state.set.insert(category.to_owned(), level);
        for reload in &state.filters {
            reload(state.filter());
        }
        before
    }

    /// A filter that follows these levels.
    pub(super) fn filter<S: Subscriber>(&self) -> reload::Layer<EnvFilter, S> {
        let mut state = self.lock();
        let (filter, handle) = reload::Layer::new(state.filter());
        state.filters.push(Box::new(move |filter| {
            // Fails where the subscriber is gone, and then there is nothing to change.
            let _ = handle.reload(filter);
        }));
        filter
    }

    /// The maps hold no invariant that a panic between two statements could break.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn filter(&self) -> EnvFilter {
        let own = std::env::var(EnvFilter::DEFAULT_ENV).unwrap_or_default();
        let filter = EnvFilter::builder()
            .with_default_directive(LevelFilter::INFO.into())
            .parse_lossy(format!("{},{own}", self.default));
        let set = self.set.iter();
        set.filter_map(|(category, level)| directive(category, *level))
            .fold(filter, EnvFilter::add_directive)
    }
}

/// `None` for what is no path of modules: a directive says more than that, and would be in force.
fn directive(category: &str, level: LevelFilter) -> Option<Directive> {
    let is_path = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ':' | '-');
    if category.is_empty() || category.len() > MAX_CATEGORY || !category.chars().all(is_path) {
        return None;
    }
    format!("{category}={level}").parse().ok()
}

impl fmt::Debug for Levels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(&self.lock().set).finish()
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::{Layer as _, fmt, layer::SubscriberExt as _};

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_level_counts_from_when_it_is_set() {
        let (levels, lines) = (Levels::new("info"), Lines::default());
        let writer = lines.clone();
        let layer = fmt::layer()
            .without_time()
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .with_filter(levels.filter());
        let subscriber = tracing_subscriber::registry().with(layer);
        tracing::subscriber::with_default(subscriber, || {
            let log = |text| {
                tracing::trace!(target: "levels_test::a", text);
                tracing::trace!(target: "levels_other", text);
            };
            log("first");
            assert_eq!(levels.set("levels_test", LevelFilter::TRACE), None);
            log("second");
            let before = levels.set("levels_test", LevelFilter::OFF);
            assert_eq!(before, Some(LevelFilter::TRACE));
            log("third");
        });
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        assert_eq!(text, "TRACE levels_test::a: text=\"second\"\n");
    }

    #[test]
    fn a_category_that_was_refused_is_logged_in_part_and_on_one_line() {
        let lines = Lines::default();
        let writer = lines.clone();
        let layer = fmt::layer()
            .without_time()
            .with_ansi(false)
            .with_writer(move || writer.clone());
        let subscriber = tracing_subscriber::registry().with(layer);
        tracing::subscriber::with_default(subscriber, || {
            let long = format!("a\nERROR forged: {}", "x".repeat(1_000_000));
            assert_eq!(Levels::default().set(&long, LevelFilter::TRACE), None);
        });
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        assert!(text.lines().count() == 1 && text.len() < 1000, "{text}");
        assert!(text.contains(r"a\nERROR forged"), "{text}");
    }

    #[test]
    fn what_is_no_category_changes_nothing() {
        let levels = Levels::default();
        for category in ["", "a,b", "a=trace", "[span]", "a b", "ä", &"x".repeat(201)] {
            assert_eq!(levels.set(category, LevelFilter::TRACE), None);
            assert_eq!(levels.set(category, LevelFilter::TRACE), None);
        }
        assert_eq!(format!("{levels:?}"), "{}");
    }
}
