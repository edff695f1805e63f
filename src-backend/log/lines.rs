//! Lines of the log for those who watch while the program runs: the inspector, a page's own.
//!
//! A layer of the subscriber hands each line to the watchers. While there are none a line costs
//! the look at one flag; what a line says is put together only for them.

use std::{
    fmt::{self, Write as _},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{Layer, layer::Context};
use twinbridge_common::{
    interfaces::inspector::{LogLevel, LogLine},
    ipc::Origin,
};

/// Longest text of a line, in bytes.
const LONGEST: usize = 4096;

type Watcher = dyn Fn(u64, LogLine) + Send + Sync;

/// Whether anybody watches.
static IS_ON: AtomicBool = AtomicBool::new(false);

/// Those who do. A program has one log.
static WATCHERS: Mutex<Vec<(u64, Arc<Watcher>)>> = Mutex::new(Vec::new());

/// Lets `watcher` see every line that is logged, with the session that it belongs to, 0 if to
/// none, until the guard is dropped. It must return at once, and must not log.
pub(crate) fn watch_lines(watcher: impl Fn(u64, LogLine) + Send + Sync + 'static) -> LineWatch {
    let mut watchers = lock();
    let id = watchers.last().map_or(0, |(last, _)| last + 1);
    watchers.push((id, Arc::new(watcher)));
    IS_ON.store(true, Ordering::Release);
    LineWatch(id)
}

/// Keeps a watcher of lines attached.
pub(crate) struct LineWatch(u64);

impl Drop for LineWatch {
    fn drop(&mut self) {
        // Outlives the lock: what a watcher holds is its owner's.
        let _before: Vec<_>;
        let mut watchers = lock();
        let (others, own) = watchers.drain(..).partition(|(id, _)| *id != self.0);
        *watchers = others;
        _before = own;
        IS_ON.store(!watchers.is_empty(), Ordering::Release);
    }
}

/// The layer by which pages and the inspector see the lines that are logged.
///
/// [`start`](super::start) has it; an app with a subscriber of its own adds it to that. What it
/// sees is what its filter lets through.
///
/// ```
/// use tracing_subscriber::layer::SubscriberExt as _;
///
/// let subscriber = tracing_subscriber::registry().with(twinbridge::log::lines());
/// # drop(subscriber);
/// ```
#[must_use]
pub fn lines() -> LogLines {
    LogLines(())
}

/// Layer of [`lines`].
///
/// ```
/// use tracing_subscriber::{Registry, layer::{Layered, SubscriberExt as _}};
/// use twinbridge::log::{LogLines, lines};
///
/// let subscriber: Layered<LogLines, Registry> = tracing_subscriber::registry().with(lines());
/// # drop(subscriber);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct LogLines(());

impl<S: Subscriber> Layer<S> for LogLines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if !IS_ON.load(Ordering::Relaxed) {
            return;
        }
        let mut said = Said::default();
        event.record(&mut said);
        let metadata = event.metadata();
        let line = LogLine {
            level: level(*metadata.level()),
            target: metadata.target().to_owned(),
            text: said.in_words(),
        };
        let session = said
            .session
            .or_else(|| Origin::current().map(|origin| origin.session));
        let watchers = lock().clone();
        for (_, watcher) in watchers {
            watcher(session.unwrap_or(0), line.clone());
        }
    }
}

fn level(level: Level) -> LogLevel {
    match level {
        Level::ERROR => LogLevel::Error,
        Level::WARN => LogLevel::Warn,
        Level::INFO => LogLevel::Info,
        Level::DEBUG => LogLevel::Debug,
        Level::TRACE => LogLevel::Trace,
    }
}

/// What an event says.
#[derive(Default)]
struct Said {
    message: String,
    fields: String,
    session: Option<u64>,
}

impl Said {
    fn in_words(&mut self) -> String {
        let mut text = std::mem::take(&mut self.message);
        text.push_str(&self.fields);
        if text.len() > LONGEST {
            text.truncate(text.floor_char_boundary(LONGEST));
            text.push('…');
        }
        text
    }
}

impl Visit for Said {
    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "session" {
            self.session = Some(value);
        }
        self.record_debug(field, &value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            value.clone_into(&mut self.message);
        } else {
            self.record_debug(field, &value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a text cannot fail; a value's own formatting may, and then says less.
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }
}

/// The list is whole whatever panicked.
fn lock() -> MutexGuard<'static, Vec<(u64, Arc<Watcher>)>> {
    WATCHERS.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    #[test]
    fn a_watcher_sees_lines_with_their_fields_and_session_until_it_goes() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&seen);
        let subscriber = tracing_subscriber::registry().with(lines());
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!("nobody sees this");
            let watch = watch_lines(move |session, line| {
                // Other tests log, too.
                if line.target.ends_with("lines::tests") {
                    noted.lock().unwrap().push((session, line));
                }
            });
            tracing::warn!(session = 7_u64, path = "a b", "it {}", "happened");
            tracing::info!("{}", "é".repeat(LONGEST));
            drop(watch);
            tracing::info!("nor this");
        });
        let seen = seen.lock().unwrap();
        assert_eq!(seen.len(), 2);
        let (session, line) = &seen[0];
        assert_eq!(*session, 7);
        assert_eq!(line.level, LogLevel::Warn);
        assert_eq!(line.text, "it happened session=7 path=\"a b\"");
        assert_eq!(seen[1].0, 0);
        assert_eq!(seen[1].1.text.len(), LONGEST + "…".len());
    }
}
