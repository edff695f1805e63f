//! What was acknowledged is there after the process was killed.
//!
//! The writer is this test's own program, started once more; it says on its output which write
//! was answered, and is killed without notice, mostly in the middle of another one.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Command, Stdio},
};

use twinbridge::handlers::storage::StorageHandler;
use twinbridge_common::{interfaces::storage::Storage as _, wire::Value};

use crate::app::text;

const FOLDER: &str = "TWINBRIDGE_TEST_STORAGE";
const FIRST: &str = "TWINBRIDGE_TEST_FIRST";

/// Keys are written again and again, so that a write may be torn in the middle of the file.
const KEYS: u64 = 40;

/// The value of one write: its number, and up to 20 000 bytes that follow from it.
fn value(number: u64) -> Value {
    let len = number * 997 % 20_000;
    let filling = (0..len).map(|at| (at * 31 + number) as u8);
    Value::bytes(
        number
            .to_be_bytes()
            .into_iter()
            .chain(filling)
            .collect::<Vec<u8>>(),
    )
}

fn number_of(value: &Value) -> Option<u64> {
    match value {
        Value::Bytes { bytes, .. } => {
            let number = bytes.get(..8)?.try_into().ok()?;
            Some(u64::from_be_bytes(number))
        }
        _ => None,
    }
}

#[test]
fn every_acknowledged_write_survives_kill_minus_nine() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = BTreeMap::new();
    let mut next = 0;
    for round in 0..25 {
        let last = killed_after(folder.path(), next, 5 + round * 13 % 60, |number| {
            acknowledged.insert(number % KEYS, number);
        });
        next = last + 1;

        let storage = StorageHandler::new(folder.path().to_owned());
        let opened = storage.open(text("killed")).unwrap();
        assert_eq!(opened.set_aside, None, "round {round}");
        for (&key, &number) in &acknowledged {
            let found = storage.get(text("killed"), key.to_string()).unwrap();
            let found_number = number_of(&found).unwrap();
            // The write that was under way may have come through, and is then a whole one.
            assert!(
                found_number == number || found_number >= next,
                "round {round}: key {key} has write {found_number} and not {number}"
            );
            assert!(found == value(found_number), "write {found_number} is torn");
        }
        // Writes that nobody was told of count from here on.
        for key in 0..KEYS {
            let found = storage.get(text("killed"), key.to_string()).unwrap();
            if let Some(number) = number_of(&found) {
                acknowledged.insert(key, number);
                next = next.max(number + 1);
            }
        }
    }
    assert!(next > 500, "only {next} writes");
}

/// Runs a writer from number `first` on, kills it after `count` answers, and hands over each
/// answered write, also those that were said until it was dead. Gives the last one.
fn killed_after(folder: &Path, first: u64, count: u64, mut answered: impl FnMut(u64)) -> u64 {
    let mut writer = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "killed::writer", "--ignored", "--nocapture"])
        .env(FOLDER, folder)
        .env(FIRST, first.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let said = BufReader::new(writer.stdout.take().unwrap());
    let mut last = None;
    let mut answers = 0;
    for line in said.lines() {
        let line = line.unwrap();
        let Some(number) = line.strip_prefix("answered ") else {
            continue;
        };
        // The last line may be cut.
        let Some(number) = number.strip_suffix('.') else {
            break;
        };
        let number = number.parse().unwrap();
        answered(number);
        last = Some(number);
        answers += 1;
        if answers == count {
            writer.kill().unwrap();
        }
    }
    let status = writer.wait().unwrap();
    assert!(status.code().is_none(), "the writer ended: {status}");
    last.unwrap()
}

/// Not a test: the process that is killed.
#[test]
#[ignore = "is started by the test above"]
fn writer() {
    let folder = std::env::var_os(FOLDER).expect("the test above sets it");
    let first: u64 = std::env::var(FIRST).unwrap().parse().unwrap();
    let storage = StorageHandler::new(folder.into());
    storage.open(text("killed")).unwrap();
    let mut output = std::io::stdout();
    for number in first.. {
        let key = (number % KEYS).to_string();
        storage.set(text("killed"), key, value(number)).unwrap();
        output
            .write_all(format!("answered {number}.\n").as_bytes())
            .unwrap();
        output.flush().unwrap();
    }
}
