//! Every part of the Explorer while it has nothing to show, or cannot: it says what to do next.
//!
//! Each is looked at in a light and in a dark desktop in the smallest window, and its picture lies
//! in `target/pictures/empty` for whoever judges how it looks.

use std::path::Path;

use serde_json::json;
use tempfile::TempDir;
use twinbridge_window_driver::{Start, eventually, key};

use crate::{
    explorer::{Explorer, twinbridge},
    method::MethodPage,
    plain::test_host,
};

/// A desktop, by what its pictures are called.
#[derive(Clone, Copy)]
enum Desktop {
    Light,
    Dark,
}

impl Desktop {
    const ALL: [Self; 2] = [Self::Light, Self::Dark];

    fn with(self, start: Start) -> Start {
        match self {
            Self::Light => start,
            Self::Dark => start.env("GTK_THEME", "Adwaita:dark"),
        }
    }

    fn open(self, start: Start) -> Page {
        let explorer = Explorer::start(self.with(start));
        explorer.window.resize(1000, 700);
        Page {
            desktop: self,
            method: MethodPage { explorer },
        }
    }
}

/// A page that is looked at.
struct Page {
    desktop: Desktop,
    method: MethodPage,
}

impl Page {
    fn explorer(&self) -> &Explorer {
        &self.method.explorer
    }

    fn go(&self, link: &str) {
        self.explorer()
            .window
            .script("location.hash = arguments[0]", &json!([link]));
    }

    /// Waits until an element in sight says this, and keeps a picture.
    fn says(&self, name: &str, element: &str, words: &str) {
        let window = &self.explorer().window;
        let look = "return [...document.querySelectorAll(arguments[0])]
            .filter(element => element.checkVisibility({ visibilityProperty: true }))
            .map(element => element.textContent).join('\\n')";
        let mut last = String::new();
        let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            eventually(name, || {
                let said = window.script(look, &json!([element]));
                said.as_str().unwrap_or_default().clone_into(&mut last);
                last.contains(words).then_some(())
            });
        }));
        assert!(
            found.is_ok(),
            "{name}: {element} says {last:?} and not {words:?}"
        );
        let wide = "return [...document.querySelectorAll('html, .content, .side, .live')]
            .filter(part => part.scrollWidth > part.clientWidth)
            .map(part => part.className || part.tagName)";
        assert_eq!(window.script(wide, &json!([])), json!([]), "{name}");
        let painted =
            "await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
            return document.querySelector(arguments[0]).getBoundingClientRect().top";
        let top = window.script_async(painted, &json!([element]));
        let top = top.as_f64().unwrap();
        assert!(
            (0.0..700.0).contains(&top),
            "{name} is out of sight, at {top}"
        );
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("pictures/empty");
        std::fs::create_dir_all(&folder).unwrap();
        let desktop = match self.desktop {
            Desktop::Light => "light",
            Desktop::Dark => "dark",
        };
        let path = folder.join(format!("{name}-{desktop}.png"));
        std::fs::write(path, window.screenshot()).unwrap();
    }

    fn click(&self, element: &str) {
        self.explorer().window.click(element);
    }

    fn type_into(&self, field: &str, text: &str) {
        self.explorer().window.type_into(field, text);
    }
}

#[test]
fn files_say_how_to_open_one_what_an_empty_one_is_and_what_else_to_search_for() {
    for desktop in Desktop::ALL {
        let page = desktop.open(twinbridge());
        // Before the first file there are none that were open before.
        page.says("no-file", ".file-empty", "Type its path above, choose it");
        let recent = "return document.querySelector('#file-recent')";
        assert_eq!(
            page.explorer().window.script(recent, &json!([])),
            json!(null)
        );
        page.explorer().open_path("/nowhere/at/all.log");
        page.says("file-error", "#file-error", "Check the spelling");

        let folder = TempDir::new().unwrap();
        let file = folder.path().join("empty.log");
        std::fs::write(&file, "").unwrap();
        page.explorer().open_path(file.to_str().unwrap());
        page.says(
            "empty-file",
            "#file-without-lines",
            "What is written to it appears here by itself.",
        );
        std::fs::write(&file, "one line\n").unwrap();
        eventually("its line", || {
            (page.explorer().lines().len() == 1).then_some(())
        });
        let note = "return document.querySelector('#file-without-lines')";
        assert_eq!(page.explorer().window.script(note, &json!([])), json!(null));

        page.type_into("#file-find", "needle\n");
        page.says(
            "search-in-vain",
            "#file-search",
            "nothing found in 9 B. Try a part of it.",
        );
        page.click("#file-find-regex");
        page.type_into("#file-find", "needles?\n");
        page.says("pattern-in-vain", "#file-search", "Switch `.*` off");
        page.click("#file-find-case");
        page.type_into("#file-find", "ONE\n");
        page.says("case-in-vain", "#file-search", "Switch `Aa` off");
    }
}

#[test]
fn lists_say_why_they_are_empty_and_how_to_fill_them() {
    for desktop in Desktop::ALL {
        let page = desktop.open(test_host());
        page.type_into("#interface-filter", "zzz");
        page.says(
            "interfaces-filtered",
            "#interfaces .empty",
            "Empty the filter to see all.",
        );
        page.says(
            "services-none",
            "#services .empty",
            "this backend exposes no RPC interface",
        );
        page.type_into("#live-filter", "zzz");
        page.says(
            "live-filtered",
            ".live-empty",
            "Change it, or empty it to see all.",
        );
        page.type_into("#live-filter", " ");
        page.click("#live-clear");
        page.says("live-empty", ".live-empty", "Call a method or open a file");
        page.click("#live-pause");
        page.says(
            "live-paused",
            ".live-empty",
            "Resume it to see what came since.",
        );
        page.click("#live-pause");
        drop(page);

        let page = desktop.open(twinbridge());
        page.type_into("#interface-filter", "zzz");
        page.says(
            "services-filtered",
            "#services .empty",
            "Empty the filter to see all.",
        );
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("nothing.recording");
        let header = json!({
            "format": "twinbridge recording", "version": 1, "hasPayloads": false,
            "twinbridge": "0.1.0", "beganUs": 1, "interfaces": [],
        });
        std::fs::write(&file, format!("{header}\n")).unwrap();
        page.explorer().open_path(file.to_str().unwrap());
        page.says(
            "recording-empty",
            ".live-empty",
            "Go back to live, or open another one.",
        );
        std::fs::write(folder.path().join("other.recording"), "none\n").unwrap();
        let other = folder.path().join("other.recording");
        page.explorer().open_path(other.to_str().unwrap());
        page.says(
            "recording-wrong",
            "#live-problem",
            "Choose a file that `--record FILE` wrote.",
        );
    }
}

#[test]
fn the_page_of_a_method_says_how_to_begin_and_what_came_of_nothing() {
    for desktop in Desktop::ALL {
        let page = desktop.open(test_host());
        let method = &page.method;
        method.go("forms", "numbers");
        page.says(
            "not-called",
            "#reply .empty",
            "Ctrl+Enter calls, from any field.",
        );
        page.says(
            "no-history",
            "#history-empty",
            "a click fills their arguments in again",
        );
        method.fill("count", "0");
        method.call();
        method.state("ok");
        page.says(
            "stream-of-nothing",
            "#reply .empty",
            "ended without an item. Other arguments may give some.",
        );
        method.go("forms", "wait");
        method.call();
        method.state("running");
        method.explorer.window.press(&key::ESCAPE.to_string());
        method.state("cancelled");
        page.says("cancelled", "#reply", "cancelled");
        page.go("#/ipc/forms/nothing");
        page.says(
            "no-such-method",
            "#method .empty",
            "Choose one of its interface.",
        );
        page.go("#/ipc/nothing");
        page.says(
            "no-such-interface",
            "#interface .empty",
            "Choose one from the list.",
        );
    }
}

#[test]
fn a_connection_that_is_lost_is_said_everywhere_with_the_way_back() {
    for desktop in Desktop::ALL {
        let page = desktop.open(test_host());
        let method = &page.method;
        method.go("forms", "fail");
        method.fill("how", "Pip");
        method.call();
        method.state("pipe");
        page.says("lost", "#reply-error", "Reload the page to connect again.");
        page.says(
            "lost-status",
            ".status-text",
            "Reload the page to connect again.",
        );
        page.go("#/ipc/forms/texts");
        page.says("lost-method", "#call-hint", "Reload the page to call.");
        page.go("#/bench");
        page.says(
            "lost-bench",
            "#bench-obstacle",
            "Reload the page to connect again.",
        );
        page.go("#/files");
        page.explorer().open_path("/etc/hostname");
        page.says(
            "lost-file",
            "#file-error",
            "Reload the page to connect again.",
        );
        page.click("#reload");
        eventually("another session", || {
            let state = "return document.querySelector('#status')?.dataset.state ?? null";
            // No script runs in a page that is about to go.
            let state = page.explorer().window.try_script(state, &json!([]));
            (state == Ok(json!("connected"))).then_some(())
        });
    }
}

#[test]
fn the_bench_says_what_it_will_measure_and_what_it_has_not() {
    for desktop in Desktop::ALL {
        let page = desktop.open(twinbridge());
        page.go("#/bench");
        page.says(
            "bench-before",
            "#bench [role=status]",
            "Not measured so far: Run makes 7 measurements.",
        );
        page.click("#bench-run");
        eventually("the first figure", || {
            (page.explorer().data("#bench", "measured")? != "0").then_some(())
        });
        page.click("#bench-run");
        page.says(
            "bench-ended",
            "#bench [role=status]",
            "of 7 measurements: Run begins anew.",
        );
        drop(page);
        let page = desktop.open(test_host());
        page.go("#/bench");
        page.says(
            "bench-without",
            "#bench-obstacle",
            "Register `BenchServer(BenchHandler)`",
        );
    }
}
