//! One acknowledged write, against SQLite alone with the same settings.

use std::{
    fmt,
    path::Path,
    time::{Duration, Instant},
};

use rusqlite::Connection;
use twinbridge::common::{
    interfaces::storage::StorageInterface,
    ipc::{IpcInterface as _, StampSlot},
    wire::{MethodName, Value},
};

use crate::{
    Problem,
    page::Page,
    spread::{Spread, microseconds},
};

/// Writes of a round.
const WRITES: u32 = 300;
/// Keys that they go to in turns.
const KEYS: u32 = 100;

/// Times of a round, by round.
#[derive(Default)]
pub(crate) struct Storage {
    ours: Vec<Duration>,
    bare: Vec<Duration>,
}

pub(crate) async fn measure(page: &Page, folder: &Path, rounds: u32) -> Result<Storage, Problem> {
    let mut bare = bare(&folder.join("bare.sqlite"))?;
    page.storage.open("bench".to_owned()).await?;
    let mut storage = Storage::default();
    // Once over, so that no round pays for new files.
    round(page, &mut bare, 0).await?;
    for number in 1..=rounds {
        let (ours, theirs) = round(page, &mut bare, number).await?;
        storage.ours.push(ours);
        storage.bare.push(theirs);
    }
    Ok(storage)
}

/// The two write in turns, one write each: a disk has moods that last longer than a round.
async fn round(
    page: &Page,
    // Not shared: a connection may be moved to another thread, and not used by two.
    bare: &mut Connection,
    round: u32,
) -> Result<(Duration, Duration), Problem> {
    let mut sum = (Duration::ZERO, Duration::ZERO);
    for write in 0..WRITES {
        let key = format!("key {}", write % KEYS);
        let value = format!("{round:>10} {write:>89}");
        sum.0 += set(page, &key, &value).await?;
        sum.1 += set_bare(bare, &key, &value)?;
    }
    Ok(sum)
}

/// By the backend's stamps, from the handler's start to its end.
async fn set(page: &Page, key: &str, value: &str) -> Result<Duration, Problem> {
    let stamps = StampSlot::default();
    let arguments = ("bench", key, Value::from(value));
    page.caller
        .call::<()>(
            StorageInterface::CHANNEL,
            MethodName::literal("set"),
            &arguments,
        )
        .stamped(&stamps)
        .await?;
    let stamps = stamps.get().ok_or("the backend gave no times")?;
    let took = stamps.ended_us.saturating_sub(stamps.started_us);
    Ok(Duration::from_micros(took))
}

/// The table and the settings that `storage` has.
fn bare(path: &Path) -> Result<Connection, Problem> {
    let connection = Connection::open(path)?;
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.execute_batch(
        "CREATE TABLE entry (
           key TEXT NOT NULL PRIMARY KEY, kind TEXT NOT NULL, value BLOB NOT NULL
         ) STRICT;",
    )?;
    Ok(connection)
}

fn set_bare(connection: &Connection, key: &str, value: &str) -> Result<Duration, Problem> {
    let started = Instant::now();
    let mut statement = connection.prepare_cached(
        "INSERT INTO entry (key, kind, value) VALUES (?1, 'string', ?2)
         ON CONFLICT (key) DO UPDATE SET kind = excluded.kind, value = excluded.value",
    )?;
    statement.execute((key, value.as_bytes()))?;
    Ok(started.elapsed())
}

impl fmt::Display for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, bar) = ("storage.set, in the handler / bare SQLite", "≤ 1.3");
        writeln!(
            f,
            "{name:<44}bar {bar:<7}{}",
            Spread::ratios(&microseconds(&self.ours), &microseconds(&self.bare))
        )
    }
}
