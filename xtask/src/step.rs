//! The steps of a command: each printed with its time, all of them in a table at the end.
//!
//! Stops nothing and runs nothing by itself; a step that fails is the caller's to stop at with `?`.
//! Used by every command; only `test` prints the table.

use std::time::{Duration, Instant};

use crate::error::TaskError;

/// A planned row of steps and how far it went.
#[derive(Debug)]
pub(crate) struct Steps {
    plan: Vec<&'static str>,
    done: Vec<Done>,
    started: Instant,
}

#[derive(Debug)]
struct Done {
    name: &'static str,
    time: Duration,
    outcome: &'static str,
    note: String,
}

impl Steps {
    /// Steps in the order they will run. The names are shown for what was not run.
    pub(crate) fn planned(plan: Vec<&'static str>) -> Self {
        Self {
            plan,
            done: Vec::new(),
            started: Instant::now(),
        }
    }

    /// Runs the next step and prints its time.
    ///
    /// # Errors
    /// What `work` returned; the step is then on record as failed.
    pub(crate) fn run<T>(
        &mut self,
        name: &'static str,
        work: impl FnOnce() -> Result<T, TaskError>,
    ) -> Result<T, TaskError> {
        println!(
            "\n==> {name} ({} of {})",
            self.done.len() + 1,
            self.plan.len()
        );
        let started = Instant::now();
        let result = work();
        let time = started.elapsed();
        let outcome = if result.is_ok() { "ok" } else { "FAILED" };
        println!("<== {name}: {outcome}, {}", seconds(time));
        self.done.push(Done {
            name,
            time,
            outcome,
            note: String::new(),
        });
        result
    }

    /// Adds a word to the last step's row in the table.
    pub(crate) fn note(&mut self, note: String) {
        if let Some(last) = self.done.last_mut() {
            last.note = note;
        }
    }

    /// The table: what ran, how long it took, and what was not run.
    pub(crate) fn summary(&self) -> String {
        let width = self.plan.iter().map(|name| name.len()).max().unwrap_or(0);
        let mut table = String::new();
        for Done {
            name,
            time,
            outcome,
            note,
        } in &self.done
        {
            let row = format!(
                "  {name:width$}  {outcome:7}  {:>9}  {note}",
                seconds(*time)
            );
            table.push_str(row.trim_end());
            table.push('\n');
        }
        for name in &self.plan[self.done.len().min(self.plan.len())..] {
            table.push_str(&format!("  {name:width$}  not run\n"));
        }
        table.push_str(&format!(
            "  {:width$}  {:7}  {:>9}\n",
            "",
            "total",
            self.total()
        ));
        table
    }

    /// Time since the first step was planned.
    pub(crate) fn total(&self) -> String {
        seconds(self.started.elapsed())
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_names_what_failed_and_what_was_not_run() {
        let mut steps = Steps::planned(vec!["format", "clippy", "tests"]);
        steps.run("format", || Ok(())).unwrap();
        steps.note("3 crates".into());
        let failure = || {
            Err::<(), _>(TaskError::NoWasm {
                reason: "for this test".into(),
            })
        };
        steps.run("clippy", failure).unwrap_err();
        let table = steps.summary();
        let rows: Vec<&str> = table.lines().collect();
        assert_eq!(rows[0], "  format  ok           0.0 s  3 crates");
        assert_eq!(rows[1], "  clippy  FAILED       0.0 s");
        assert_eq!(rows[2], "  tests   not run");
        assert!(rows[3].contains("total"));
    }
}
