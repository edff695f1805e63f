//! What a client in Node reports: a line of JSON for each case, known by a sentence.
//!
//! Compared with rows that say what the real server and ours answer. A row says only what matters of
//! a case; a case without a row is a failure too.

use std::{collections::BTreeMap, path::Path, process::Stdio};

use serde_json::Value;

use crate::process::{Server, node};

/// What became of each case.
pub(crate) struct Report(BTreeMap<String, Value>);

impl Report {
    /// Runs a client against a server, to its end.
    pub(crate) fn of(script: &str, server: &Server) -> Self {
        Self::with(script, server, &[])
    }

    /// The same with further arguments.
    pub(crate) fn with(script: &str, server: &Server, further: &[&Path]) -> Self {
        let output = node(script)
            .arg(server.address())
            .args(further)
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        assert!(output.status.success(), "{script}: {}", output.status);
        let text = String::from_utf8(output.stdout).unwrap();
        Self::read(text.lines())
    }

    /// From the lines that a client printed.
    pub(crate) fn read<'a>(lines: impl Iterator<Item = &'a str>) -> Self {
        let cases = lines.map(|line| {
            let case: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
            (case["case"].as_str().unwrap().to_owned(), case)
        });
        Self(cases.collect())
    }

    /// Compares all rows where there is no other server to compare with.
    pub(crate) fn expect(&self, rows: &[Row]) {
        check(rows.iter().map(|row| ("ours", row, &row.ours, self)));
    }

    /// The cases that no row is about.
    pub(crate) fn without<'a>(&self, rows: impl Iterator<Item = &'a Row>) -> Vec<&str> {
        let known: Vec<_> = rows.map(|row| row.sentence).collect();
        let cases = self.0.keys().map(String::as_str);
        cases.filter(|case| !known.contains(case)).collect()
    }
}

/// What a case is to come to.
pub(crate) struct Row {
    sentence: &'static str,
    real: Value,
    ours: Value,
}

impl Row {
    /// The case's name.
    pub(crate) fn sentence(&self) -> &'static str {
        self.sentence
    }
}

/// A case that both servers answer alike.
pub(crate) fn both(sentence: &'static str, expected: Value) -> Row {
    Row {
        sentence,
        ours: expected.clone(),
        real: expected,
    }
}

/// A case that ours answers in another way, and why.
pub(crate) fn differs(sentence: &'static str, why: &str, real: Value, ours: Value) -> Row {
    assert!(!why.is_empty() && real != ours, "{sentence}: {why}");
    Row {
        sentence,
        real,
        ours,
    }
}

/// Compares all rows with what both servers answered.
pub(crate) fn compare(rows: &[Row], real: &Report, ours: &Report) {
    let real = rows
        .iter()
        .map(|row| ("the real server", row, &row.real, real));
    let ours = rows.iter().map(|row| ("ours", row, &row.ours, ours));
    check(real.chain(ours));
}

/// Tells of every row that does not hold, with all of what was found.
fn check<'a>(rows: impl Iterator<Item = (&'a str, &'a Row, &'a Value, &'a Report)>) {
    let mut wrong = String::new();
    for (server, row, expected, report) in rows {
        let found = report.0.get(row.sentence).unwrap_or(&Value::Null);
        if !holds(expected, found) {
            let sentence = row.sentence;
            wrong +=
                &format!("\n{server}: {sentence}\n  expected {expected}\n  found    {found}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Whether everything that is expected is there. What went over HTTP is expected in parts.
fn holds(expected: &Value, found: &Value) -> bool {
    let members = expected.as_object().unwrap();
    members.iter().all(|(name, expected)| match name.as_str() {
        "http" => {
            let (Some(expected), Some(found)) = (expected.as_array(), found[name].as_array())
            else {
                return false;
            };
            expected.len() == found.len()
                && expected.iter().zip(found).all(|(expected, found)| {
                    let facts = expected.as_object().unwrap();
                    facts.iter().all(|(name, fact)| &found[name] == fact)
                })
        }
        // `gave` may be null, which is not the same as nothing.
        _ => found.get(name) == Some(expected),
    })
}
