//! A file of 100 million lines: higher than a browser can make an element, and shown to its end.

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    time::Duration,
};

use serde_json::json;
use tempfile::TempDir;
use twinbridge_window_driver::{eventually, eventually_within, key};

use crate::explorer::Explorer;

const LINES: u64 = 100_000_000;

/// Looking at 200 MB byte by byte, in a debug build on a busy machine.
const COUNTING: Duration = Duration::from_secs(120);

#[test]
fn a_file_of_100_million_lines_is_scrolled_to_its_very_end() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("many.txt");
    let mut file = BufWriter::new(File::create(&path).unwrap());
    // The last digit of each line is that of its number.
    let lines = b"1\n2\n3\n4\n5\n6\n7\n8\n9\n0\n".repeat(1000);
    for _ in 0..LINES / 10_000 {
        file.write_all(&lines).unwrap();
    }
    file.into_inner().unwrap();

    let explorer = Explorer::open_with(path.to_str().unwrap());
    let window = &explorer.window;
    eventually_within(COUNTING, "the count", || {
        (explorer.data("#file-range", "count")? == LINES.to_string()).then_some(())
    });
    window.press(&key::END.to_string());
    let at_end = eventually("the end", || {
        let lines = explorer.lines();
        (lines.last()?.0 == LINES).then_some(lines)
    });
    assert!(at_end.len() > 10, "{} lines", at_end.len());
    for (number, text) in &at_end {
        assert_eq!(*text, (number % 10).to_string(), "line {number}");
    }
    // The bar reaches every part: it is dragged to the middle, and to its ends.
    let drag = "const [share] = arguments;
        const bar = document.querySelector('.scroll-bar');
        const { left, top, height } = bar.getBoundingClientRect();
        const event = { clientX: left + 2, clientY: top + height * share, buttons: 1, bubbles: true };
        bar.dispatchEvent(new PointerEvent('pointermove', event))";
    for (share, first, last) in [(0.5, 49_000_000, 51_000_000), (0.0, 1, 1)] {
        window.script(drag, &json!([share]));
        eventually(&format!("{share} of the file"), || {
            let number = explorer.lines().first()?.0;
            (first..=last).contains(&number).then_some(())
        });
    }
    window.script(drag, &json!([1.0]));
    eventually("the end by the bar", || {
        (explorer.lines().last()?.0 == LINES).then_some(())
    });
    // And by the wheel, a line at a time.
    let wheel = "const [deltaY] = arguments;
        const event = { deltaY, deltaMode: WheelEvent.DOM_DELTA_LINE, bubbles: true };
        document.querySelector('.pane').dispatchEvent(new WheelEvent('wheel', event))";
    window.script(wheel, &json!([-1]));
    eventually("three lines up", || {
        (explorer.lines().last()?.0 == LINES - 3).then_some(())
    });
    let elements = "return document.querySelectorAll('#file-lines .line').length";
    assert!(window.script(elements, &json!([])).as_u64().unwrap() <= 200);
}
