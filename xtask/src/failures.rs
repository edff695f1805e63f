//! What tests said when they failed, without the pages that they printed meanwhile.
//!
//! Reads the output of cargo's tests line by line. It is shown once more at the end of a run, where
//! it is looked for, and where a log that was cut keeps it.

/// Lines of one failed test that are kept: what it panicked with, not where it was called from.
const LINES_OF_TEST: usize = 12;

/// Tests that are told of. Where more fail, they seldom fail each for a reason of its own.
const TESTS: usize = 20;

/// The failures of a run so far.
#[derive(Debug, Default)]
pub(crate) struct Failures {
    tests: Vec<Vec<String>>,
    is_within: bool,
}

impl Failures {
    /// Reads the next line of the output.
    pub(crate) fn add_line(&mut self, line: &str) {
        let line = line.trim_end();
        if line.starts_with("---- ") && line.ends_with(" stdout ----") {
            self.tests.push(vec![line.to_owned()]);
            self.is_within = true;
            return;
        }
        // What follows is where it was called from, or the list of names.
        if line == "stack backtrace:" || line == "failures:" || line.starts_with("note: run with") {
            self.is_within = false;
        }
        if let (true, Some(test)) = (self.is_within && !line.is_empty(), self.tests.last_mut()) {
            // The last lines are those of the panic; before them is what the test printed.
            if test.len() > LINES_OF_TEST {
                test.remove(1);
            }
            test.push(line.to_owned());
        }
    }

    /// What they said; `None` if none failed.
    pub(crate) fn text(&self) -> Option<String> {
        if self.tests.is_empty() {
            return None;
        }
        let shown = self.tests.iter().take(TESTS).flatten();
        let mut text: String = shown.flat_map(|line| ["  ", line, "\n"]).collect();
        let more = self.tests.len().saturating_sub(TESTS);
        if more > 0 {
            text.push_str(&format!("  and {more} more\n"));
        }
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_test_is_told_with_its_panic_and_without_its_backtrace() {
        let mut failures = Failures::default();
        assert_eq!(failures.text(), None);
        let output = "
test one ... ok
test two ... FAILED

failures:

---- two stdout ----
line 1
\u{1b}[2mline 2

thread 'two' (7) panicked at tests/e2e/main.rs:7:9:
waited 30s in vain for the end
stack backtrace:
   0: __rustc::rust_begin_unwind
note: Some details are omitted

failures:
    two

test result: FAILED. 1 passed; 1 failed";
        for line in output.lines() {
            failures.add_line(line);
        }
        let text = failures.text().unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines,
            [
                "  ---- two stdout ----",
                "  line 1",
                "  \u{1b}[2mline 2",
                "  thread 'two' (7) panicked at tests/e2e/main.rs:7:9:",
                "  waited 30s in vain for the end",
            ]
        );
    }

    #[test]
    fn of_a_test_that_printed_much_its_end_is_kept() {
        let mut failures = Failures::default();
        failures.add_line("---- talkative stdout ----");
        for number in 0..1000 {
            failures.add_line(&format!("line {number}"));
        }
        failures.add_line("panicked at last");
        let text = failures.text().unwrap();
        assert_eq!(text.lines().count(), LINES_OF_TEST + 1);
        assert!(text.ends_with("line 999\n  panicked at last\n"), "{text}");
    }
}
