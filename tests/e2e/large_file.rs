//! A log of one GiB: its first screen is there at once, its last line is the right one.
//!
//! The file is made once and kept in cargo's folder for temporary files; every line can be
//! computed from its number, so nothing of it is kept in memory.

use std::{
    fmt::Write as _,
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    time::Duration,
};

use twinbridge_window_driver::{eventually, eventually_within};

use crate::explorer::Explorer;

const LEN: u64 = 1 << 30;

/// Reading one GiB from a slow disk, in a debug build on a busy machine.
const COUNTING: Duration = Duration::from_secs(180);

/// Lines of one period: after them the lengths repeat.
const PERIOD: u64 = 97;

/// The text of line `number`, counted from 1. Lines have 97 lengths, from 41 bytes up.
fn write_line(number: u64, out: &mut String) {
    let level = ["DEBUG", "INFO ", "WARN "][(number % 3) as usize];
    let _ = write!(out, "{number:012} {level} request served in ");
    let len = (number * 31 % PERIOD) as usize;
    out.extend(std::iter::repeat_n('=', len));
}

fn line(number: u64) -> String {
    let mut text = String::new();
    write_line(number, &mut text);
    text
}

/// Lines of a file of at least [`LEN`] bytes: what [`make`] writes.
fn line_count() -> u64 {
    let period: u64 = (1..=PERIOD)
        .map(|number| line(number).len() as u64 + 1)
        .sum();
    LEN.div_ceil(period) * PERIOD
}

fn make(path: &Path) {
    let unfinished = path.with_extension("unfinished");
    let mut file = File::create(&unfinished).unwrap();
    let mut text = String::new();
    let lines = line_count();
    for number in 1..=lines {
        write_line(number, &mut text);
        text.push('\n');
        if text.len() > 1 << 20 || number == lines {
            file.write_all(text.as_bytes()).unwrap();
            text.clear();
        }
    }
    fs::rename(&unfinished, path).unwrap();
}

/// The file, which is made where it is missing.
pub(crate) fn large_file() -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("one-gib-v1.log");
    if !path.exists() {
        make(&path);
    }
    assert!(fs::metadata(&path).unwrap().len() >= LEN);
    path
}

/// That the lines are those that the file has from `first` on.
fn assert_lines(lines: &[(u64, String)], first: u64) {
    let wanted: Vec<_> = (first..)
        .take(lines.len())
        .map(|number| (number, line(number)))
        .collect();
    assert_eq!(lines, wanted);
}

#[test]
fn a_log_of_one_gib_is_paged_to_its_end() {
    let path = large_file();
    let lines = line_count();
    let explorer = Explorer::open_with(path.to_str().unwrap());
    let window = &explorer.window;

    // The page is ready, whether or not the file is counted.
    let first = explorer.lines();
    assert!(first.len() > 10, "{} lines", first.len());
    assert_lines(&first, 1);

    window.click("#file-next");
    let second = screen_where(&explorer, |first, _| first > 1);
    assert_lines(&second, second[0].0);

    window.click("#file-last");
    eventually_within(COUNTING, "the count of all lines", || {
        let complete = explorer.data("#file-range", "complete");
        (complete.as_deref() == Some("true")).then_some(())
    });
    let count = explorer.data("#file-range", "count").unwrap();
    assert_eq!(count, lines.to_string());
    let last = screen_where(&explorer, |_, last| last == lines);
    assert_lines(&last, last[0].0);
    assert!(last.len() > 10, "{} lines", last.len());

    // From here on nothing moves by itself, so a screen is as high as the one before.
    let rows = last.len() as u64;
    let middle = lines / 2;
    window.type_into("#file-goto", &format!("{middle}\n"));
    for (element, first) in [
        (None, middle),
        (Some("#file-next"), middle + rows),
        (Some("#file-previous"), middle),
        (Some("#file-first"), 1),
    ] {
        if let Some(element) = element {
            window.click(element);
        }
        let screen = screen_where(&explorer, |shown, _| shown == first);
        assert_lines(&screen, first);
        assert_eq!(screen.len() as u64, rows);
    }
}

/// Waits until the numbers of the first and the last line on the screen are as wanted.
fn screen_where(explorer: &Explorer, is_wanted: impl Fn(u64, u64) -> bool) -> Vec<(u64, String)> {
    eventually("the lines", || {
        let lines = explorer.lines();
        is_wanted(lines.first()?.0, lines.last()?.0).then_some(lines)
    })
}
