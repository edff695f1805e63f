//! Searching a file in the window: the hits, the way through them, progress, and what is refused.

use std::fmt::Write as _;

use serde_json::{Value, json};
use tempfile::TempDir;
use twinbridge_window_driver::{eventually, key};

use crate::{explorer::Explorer, large_file::large_file};

/// An open file of these lines.
struct Searched {
    explorer: Explorer,
    _folder: TempDir,
}

impl Searched {
    fn open(text: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("searched.log");
        std::fs::write(&file, text).unwrap();
        Self {
            explorer: Explorer::open_with(file.to_str().unwrap()),
            _folder: folder,
        }
    }

    /// Every hundredth of 3000 lines has a needle: 50, 150 and so on.
    fn with_needles() -> Self {
        let mut text = String::new();
        for number in 1..=3000 {
            let what = if number % 100 == 50 {
                "Needle"
            } else {
                "straw"
            };
            let _ = writeln!(text, "line {number} of {what}s");
        }
        Self::open(&text)
    }

    /// Types a pattern and presses Enter.
    fn find(&self, pattern: &str) {
        self.explorer
            .window
            .type_into("#file-find", &format!("{pattern}\n"));
    }

    fn data(&self, name: &str) -> String {
        let data = self.explorer.data("#file-search", name);
        data.unwrap_or_default()
    }

    /// Waits for the end of a search that finds so many lines.
    fn finds(&self, lines: u32) {
        eventually(&format!("{lines} lines"), || {
            let end = (self.data("stage"), self.data("lines"));
            (end == ("done".to_owned(), lines.to_string())).then_some(())
        });
    }

    /// Waits until the `place`th line found is the current one, is on the screen, and has this
    /// text marked.
    fn is_at(&self, place: u32, number: u64, marked: &str) {
        eventually(&format!("place {place} at line {number}"), || {
            let script = "const line = document.querySelector('#file-lines .line.current');
                const mark = line?.querySelector('mark');
                const pane = document.querySelector('.pane').getBoundingClientRect();
                const at = mark?.getBoundingClientRect();
                const seen = at && at.left >= pane.left && at.right <= pane.right
                    && at.top >= pane.top && at.bottom <= pane.bottom;
                return [line?.dataset.number, mark?.textContent, seen]";
            let got = self.explorer.window.script(script, &json!([]));
            let is_wanted = got == json!([number.to_string(), marked, true]);
            (is_wanted && self.data("current") == place.to_string()).then_some(())
        });
    }

    fn error(&self) -> String {
        eventually("the error", || {
            self.explorer.data("#file-find-error", "layer")
        });
        self.explorer.window.text("#file-find-error p")
    }
}

#[test]
fn what_is_found_is_counted_marked_and_visited_by_keyboard() {
    let searched = Searched::with_needles();
    let window = &searched.explorer.window;
    let press = |keys: &str| window.press(keys);
    let with_shift = |key: char| window.press_with(&key::SHIFT.to_string(), &key.to_string());
    window.press_with(&key::CONTROL.to_string(), "f");
    press("needle");
    press(&key::ENTER.to_string());
    searched.finds(30);
    searched.is_at(1, 50, "Needle");
    press(&key::ENTER.to_string());
    searched.is_at(2, 150, "Needle");
    press(&key::F3.to_string());
    searched.is_at(3, 250, "Needle");
    with_shift(key::ENTER);
    searched.is_at(2, 150, "Needle");
    with_shift(key::F3);
    with_shift(key::F3);
    searched.is_at(30, 2950, "Needle");
    press(&key::F3.to_string());
    searched.is_at(1, 50, "Needle");
    window.click("#file-find-next");
    searched.is_at(2, 150, "Needle");
    window.click("#file-find-previous");
    searched.is_at(1, 50, "Needle");
    assert_eq!(
        window.text("#file-search"),
        "1 of 30 lines found in 57.5 KiB"
    );
    // The list says the same, and leads there.
    let rows = "return [...document.querySelectorAll('#file-hits .hit')]
        .slice(0, 2).map(row => row.textContent.trim())";
    let rows = window.script(rows, &json!([]));
    assert_eq!(
        rows,
        json!(["50line 50 of Needles", "150line 150 of Needles"])
    );
    window.click("#file-hits .hit[data-number='350']");
    searched.is_at(4, 350, "Needle");
    window.script("document.querySelector('#file-hits').focus()", &json!([]));
    press(&key::DOWN.to_string());
    searched.is_at(5, 450, "Needle");
}

#[test]
fn a_pattern_is_text_or_a_regular_expression_with_or_without_case() {
    let searched = Searched::with_needles();
    let window = &searched.explorer.window;
    searched.find("needle");
    searched.finds(30);
    window.click("#file-find-case");
    window.click("#file-find-start");
    searched.finds(0);
    assert_eq!(
        window.text("#file-search"),
        "nothing found in 57.5 KiB. Switch `Aa` off to find capitals and small letters alike."
    );
    searched.find(r"1\d5\d of");
    searched.finds(0);
    window.click("#file-find-regex");
    searched.find(r"1\d5\d of");
    searched.finds(100);
    searched.is_at(1, 1050, "1050 of");
}

#[test]
fn a_search_begins_at_the_screen_and_a_place_far_to_the_right_is_brought_in_sight() {
    let line = |what: &str| format!("{}{what} end", "a long line ".repeat(200));
    let text = format!("{}\n{}{}", line("first"), "\n".repeat(500), line("second"));
    let searched = Searched::open(&text);
    searched.explorer.window.type_into("#file-goto", "100\n");
    eventually("line 100", || {
        (searched.explorer.lines().first()?.0 == 100).then_some(())
    });
    searched.find("end");
    searched.finds(2);
    searched.is_at(2, 502, "end");
    searched.explorer.window.press(&key::F3.to_string());
    searched.is_at(1, 1, "end");
}

#[test]
fn what_cannot_be_searched_for_is_explained_and_the_file_stays() {
    let searched = Searched::with_needles();
    searched.explorer.window.click("#file-find-regex");
    let remedy = "Correct it, or switch `.*` off to search for it as text.";
    searched.find("(needle");
    let problem = "The pattern cannot be searched for: unclosed group.";
    assert_eq!(searched.error(), format!("{problem} {remedy}"));
    // One that explodes is refused before it does.
    searched.find(r"(\w{1000}){1000}");
    eventually("the refusal", || {
        let sentence = searched.error();
        (sentence.contains("size limit") && sentence.ends_with(remedy)).then_some(())
    });
    // And one that would explode elsewhere is searched for, in time that grows with the file.
    searched.find("(e+)+d(l+)+es$");
    searched.finds(30);
    assert_eq!(searched.explorer.data("#file-find-error", "layer"), None);
}

#[test]
fn a_search_through_one_gib_counts_as_it_streams_and_can_be_stopped() {
    let explorer = Explorer::open_with(large_file().to_str().unwrap());
    let window = &explorer.window;
    let status = || {
        let script =
            "const { stage, lines, bytes } = document.querySelector('#file-search').dataset;
            return [stage, Number(lines), Number(bytes)]";
        let Value::Array(status) = window.script(script, &json!([])) else {
            panic!("a status is a list");
        };
        let number = |at: usize| status[at].as_u64().unwrap();
        (status[0].as_str().unwrap().to_owned(), number(1), number(2))
    };
    // In every millionth line, of which the first is far ahead of the end.
    window.type_into("#file-find", "000000 DEBUG\n");
    let first = eventually("the first hit", || {
        let (stage, lines, bytes) = status();
        (lines > 0).then_some((stage, bytes))
    });
    assert_eq!(first.0, "running");
    assert!(first.1 < 1 << 29, "{} bytes were read", first.1);
    eventually("more of them", || (status().1 > 1).then_some(()));
    assert!(window.text("#file-search").contains("% of 1 GiB searched"));
    window.press(&key::ESCAPE.to_string());
    eventually("the end", || (status().0 == "stopped").then_some(()));
    let text = window.text("#file-search");
    assert!(text.ends_with(" % of 1 GiB searched; stopped"), "{text}");
    let stopped = status();
    // What was found can be visited still.
    window.press(&key::F3.to_string());
    eventually("the next one", || {
        let current = explorer.data("#file-search", "current")?;
        (current == "2").then_some(())
    });
    assert_eq!(status(), stopped);
}
