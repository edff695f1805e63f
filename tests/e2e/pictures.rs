//! Pictures of the Explorer for the documents, and for whoever judges how it looks.
//!
//! They lie in `target/pictures`; `cargo xtask pictures` puts them into `docs/pictures`. That each
//! was drawn is tested here, and that it is beautiful is not.

use std::{
    io::Cursor,
    path::{Path, PathBuf},
};

use serde_json::json;
use twinbridge_window_driver::{Start, eventually};

use crate::{
    explorer::{Explorer, twinbridge},
    large_file::large_file,
    method::MethodPage,
    plain::test_host,
};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("pictures")
}

/// Waits until nothing is asked for, and writes what the window shows.
fn take(explorer: &Explorer, name: &str) {
    let painted =
        "await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
        return document.fonts.status";
    assert_eq!(explorer.window.script_async(painted, &json!([])), "loaded");
    let picture = explorer.window.screenshot();
    let mut reader = png::Decoder::new(Cursor::new(&picture))
        .read_info()
        .unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut pixels).unwrap();
    let (width, height) = (frame.width, frame.height);
    assert!(
        width >= 1000 && height >= 700,
        "{name} is {width} by {height}"
    );
    let mut shades: Vec<&[u8]> = pixels.chunks_exact(frame.color_type.samples()).collect();
    shades.sort_unstable();
    shades.dedup();
    assert!(shades.len() > 50, "{name} has {} colours", shades.len());
    let folder = folder();
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(format!("{name}.png")), picture).unwrap();
}

/// The page of a method, in a window as large as that of the default app.
fn method_page(channel: &str, method: &str) -> MethodPage {
    let page = MethodPage::open(channel, method);
    page.explorer.window.resize(1280, 800);
    page
}

/// The default app with a log that it makes itself, whatever the machine has.
fn with_log(start: Start) -> (Explorer, tempfile::TempDir) {
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("service.log");
    let line = |number: u32| {
        let level = ["INFO ", "DEBUG", "WARN "][(number % 7 % 3) as usize];
        let part = ["http", "storage", "auth", "scheduler"][(number % 5 % 4) as usize];
        format!(
            "09:{:02}:{:02} {level} {part}: request {number} served\n",
            number / 60 % 60,
            number % 60
        )
    };
    std::fs::write(&file, (1..20_000).map(line).collect::<String>()).unwrap();
    (Explorer::start(start.arg(&file)), folder)
}

#[test]
fn of_the_first_start_and_a_small_window() {
    let explorer = Explorer::open();
    take(&explorer, "first-start");
    explorer.window.resize(1000, 700);
    explorer
        .window
        .script("location.hash = '#/ipc/storage/get'", &json!([]));
    eventually("the method", || explorer.data("#reply", "state"));
    take(&explorer, "small-window");
}

#[test]
fn of_halves_that_do_not_fit() {
    let explorer = Explorer::start(test_host().arg("--files").arg("older"));
    explorer.window.resize(1000, 700);
    take(&explorer, "mismatch");
}

#[test]
fn of_a_method_that_was_called() {
    let page = method_page("host", "statistics");
    page.call();
    page.state("ok");
    take(&page.explorer, "method");
}

#[test]
fn of_an_error_of_each_layer() {
    let page = method_page("forms", "garbage");
    page.call();
    page.state("codec");
    take(&page.explorer, "error-codec");
    for (how, state) in [("App", "application"), ("Ref", "refusal"), ("Pip", "pipe")] {
        page.go("forms", "cancelled");
        page.go("forms", "fail");
        page.fill("how", how);
        page.call();
        page.state(state);
        take(&page.explorer, &format!("error-{state}"));
    }
}

#[test]
fn of_a_stream_that_runs() {
    let page = method_page("forms", "endless");
    page.call();
    eventually("many items", || {
        let items: u64 = page.explorer.data("#stream", "items")?.parse().ok()?;
        (items > 50_000).then_some(())
    });
    take(&page.explorer, "stream");
}

#[test]
fn of_a_search_through_one_gib() {
    // A path that says nothing of who made the picture.
    let path = std::env::temp_dir().join("server.log");
    let _ = std::fs::remove_file(&path);
    let large = large_file();
    // A copy where the folder is on another disk.
    if std::fs::hard_link(&large, &path).is_err() {
        std::fs::copy(&large, &path).unwrap();
    }
    let explorer = Explorer::open_with(path.to_str().unwrap());
    explorer.window.type_into("#file-find", "99999 WARN\n");
    eventually("some hits", || {
        let lines: u64 = explorer.data("#file-search", "lines")?.parse().ok()?;
        (lines > 5).then_some(())
    });
    take(&explorer, "search");
    std::fs::remove_file(path).unwrap();
}

#[test]
fn of_a_dark_desktop_and_of_large_text() {
    let (explorer, _folder) = with_log(twinbridge().env("GTK_THEME", "Adwaita:dark"));
    explorer.window.type_into("#file-find", "WARN\n");
    eventually("the hits", || {
        (explorer.data("#file-search", "stage")? == "done").then_some(())
    });
    take(&explorer, "dark");
    let explorer = Explorer::open();
    let larger =
        "document.documentElement.style.fontSize = '200%'; location.hash = '#/ipc/storage/get'";
    explorer.window.script(larger, &json!([]));
    eventually("the method", || explorer.data("#reply", "state"));
    take(&explorer, "large-text");
}

#[test]
fn of_the_bench() {
    let explorer = Explorer::open();
    explorer
        .window
        .script("location.hash = '#/bench'", &json!([]));
    eventually("the page", || explorer.data("#bench", "state"));
    explorer.window.click("#bench-run");
    eventually("the end", || {
        (explorer.data("#bench", "state")? == "done").then_some(())
    });
    take(&explorer, "bench");
}
