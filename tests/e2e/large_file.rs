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

use twinbridge_window_driver::eventually_within;

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

fn large_file() -> PathBuf {
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
    let rows = explorer.lines().len() as u64;
    let second = explorer.lines_from(rows + 1);
    assert_lines(&second, rows + 1);

    window.click("#file-last");
    eventually_within(COUNTING, "the count of all lines", || {
        let complete = explorer.data("#file-range", "complete");
        (complete.as_deref() == Some("true")).then_some(())
    });
    let count = explorer.data("#file-range", "count").unwrap();
    assert_eq!(count, lines.to_string());
    let last = explorer.lines_from(lines - rows + 1);
    assert_lines(&last, lines - rows + 1);
    assert_eq!(last.last().unwrap().0, lines);

    let middle = lines / 2;
    window.type_into("#file-goto", &format!("{middle}\n"));
    assert_lines(&explorer.lines_from(middle), middle);

    window.click("#file-next");
    assert_lines(&explorer.lines_from(middle + rows), middle + rows);
    window.click("#file-previous");
    assert_lines(&explorer.lines_from(middle), middle);
    window.click("#file-first");
    assert_lines(&explorer.lines_from(1), 1);
}
