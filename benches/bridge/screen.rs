//! What the user's eye gets: frames while a long list is scrolled, and the time to a painted
//! window, each against a plain page.
//!
//! The driver turns the list of a million messages and a plain list of as many visible rows in one
//! window, in turns. The start is watched through the pixels of the screen, from the moment when
//! there is a window.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tempfile::TempDir;
use twinbridge_window_driver::{Picture, Start, eventually, eventually_within};

use crate::startup::BARE;

/// Argument that keeps the bare window open.
pub(crate) const STAY: &str = "--stay";

/// A million messages through the window.
const LONG: Duration = Duration::from_secs(180);

/// Between two looks at the screen, which shows nothing new more often.
const FRAME: Duration = Duration::from_millis(16);

/// Messages that are listed.
const MESSAGES: u32 = 1_000_000;

/// The colour of what fits, which the list has when its verdicts are painted.
const FITS: u32 = 0x0017_713A;
/// Where the list begins: the status bar above has a dot of that colour.
const LIST_TOP: u32 = 45;

/// Puts a plain list of the same look where the messages are, or takes it away.
const PREPARE: &str = "
    const list = document.querySelector('#live-rows');
    const plain = document.createElement('div');
    plain.id = 'plain';
    plain.className = list.className;
    plain.style.cssText = 'flex: 1; min-height: 6rem; display: none';
    const row = list.querySelector('.entry');
    for (let at = 0; at < 1000; at += 1) plain.append(row.cloneNode(true));
    list.after(plain);";

/// Scrolls by as much in each frame, and gives the times between frames.
const SCROLL: &str = "
    const [selector, other] = arguments;
    document.querySelector(other).style.display = 'none';
    const list = document.querySelector(selector);
    list.style.display = '';
    list.scrollTop = 4000;
    const frame = () => new Promise(requestAnimationFrame);
    for (let at = 0; at < 20; at += 1) await frame();
    const times = [];
    let before = await frame();
    let most = 0;
    for (let at = 0; at < 240; at += 1) {
        list.scrollTop += 37;
        const now = await frame();
        times.push(now - before);
        before = now;
        most = Math.max(most, list.querySelectorAll('.row').length);
    }
    return [times, most]";

/// Measures and prints.
pub(crate) fn run(host: &Path, rounds: u32) -> Result<(), String> {
    let (ours, plain, rows) = scroll(host, rounds)?;
    let (a, b) = (percentile(&ours, 95), percentile(&plain, 95));
    println!("frames while scrolling, 95th percentile, ms: {a:.1}; a plain page: {b:.1}");
    println!(
        "{:<41}bar ≤ 1.3  {:>9.2}",
        "scrolling a million rows / a plain page",
        a / b
    );
    println!("{:<41}bar ≤ 200  {rows:>9}", "row elements");
    let (ours, bare) = start(host, rounds)?;
    let ratios: Vec<f64> = ours.iter().zip(&bare).map(|(a, b)| a / b).collect();
    println!(
        "window to painted, median, ms: {:.0}; a bare Tauri window: {:.0}",
        percentile(&ours, 50),
        percentile(&bare, 50)
    );
    println!(
        "{:<41}bar ≤ 2.0  {:>9.2}  ({:.2} to {:.2})",
        "interfaces painted / bare window painted",
        percentile(&ratios, 50),
        percentile(&ratios, 0),
        percentile(&ratios, 100)
    );
    Ok(())
}

/// Times between frames of both, in milliseconds, and the most rows that were in the document.
fn scroll(host: &Path, rounds: u32) -> Result<(Vec<f64>, Vec<f64>, u64), String> {
    let data = TempDir::new().map_err(|error| error.to_string())?;
    let window = Start::new(host).arg("--data-dir").arg(data.path()).open();
    let ask = |script: &str| window.script(script, &json!([]));
    let is = |script: &str| (ask(script) == true).then_some(());
    eventually("the page", || {
        is("return document.documentElement.dataset.ready === 'true'")
    });
    window.resize(1000, 700);
    ask("location.hash = '#/ipc/bench/notify'");
    eventually("the form", || {
        is("return document.querySelector('[data-path=count]') !== null")
    });
    window.type_into("[data-path=count]", &MESSAGES.to_string());
    window.click("#call");
    eventually_within(LONG, "the messages", || {
        is(
            "return document.querySelector('#reply').dataset.state === 'ok'
            && Number(document.querySelector('#live-count').dataset.rows) > 900000",
        )
    });
    ask(PREPARE);
    let (mut ours, mut plain, mut rows) = (Vec::new(), Vec::new(), 0);
    for _ in 0..rounds {
        for (times, selector, other) in [
            (&mut ours, "#live-rows", "#plain"),
            (&mut plain, "#plain", "#live-rows"),
        ] {
            let measured = window.script_async(SCROLL, &json!([selector, other]));
            let Value::Array(frames) = &measured[0] else {
                return Err(format!("frames are a list, not {measured}"));
            };
            times.extend(frames.iter().filter_map(Value::as_f64));
            if selector == "#live-rows" {
                rows = rows.max(measured[1].as_u64().unwrap_or(u64::MAX));
            }
        }
    }
    Ok((ours, plain, rows))
}

/// Milliseconds from the window to what was to be painted, in turns.
fn start(host: &Path, rounds: u32) -> Result<(Vec<f64>, Vec<f64>), String> {
    let this = std::env::current_exe().map_err(|error| error.to_string())?;
    let has_verdicts = |picture: &Picture| {
        let middle = picture.middle_of(FITS);
        middle.is_some_and(|(_, down)| down > LIST_TOP)
    };
    let has_text = |picture: &Picture| {
        let (_, _, pixels) = picture.rows();
        let first = &pixels[..3];
        pixels.chunks_exact(3).any(|pixel| pixel != first)
    };
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for round in 0..=rounds {
        let data = TempDir::new().map_err(|error| error.to_string())?;
        let app = Start::new(host).arg("--data-dir").arg(data.path());
        let app = until(&app, "Twinbridge", has_verdicts);
        let plain = until(
            &Start::new(&this).args([BARE, STAY]),
            "Bare window",
            has_text,
        );
        // The first start reads the libraries from disk.
        if round > 0 {
            ours.push(app);
            bare.push(plain);
        }
    }
    Ok((ours, bare))
}

fn until(start: &Start, title: &str, is_painted: impl Fn(&Picture) -> bool) -> f64 {
    let program = start.start();
    // Waits for the window.
    let first = program.picture(title);
    let begun = Instant::now();
    if !is_painted(&first) {
        // Looking without a pause takes the processor from what is looked at.
        while !is_painted(&program.picture(title)) {
            std::thread::sleep(FRAME);
            assert!(begun.elapsed() < LONG, "{title} was never painted");
        }
    }
    begun.elapsed().as_secs_f64() * 1000.0
}

fn percentile(values: &[f64], percent: usize) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1);
    sorted
        .get(last * percent / 100)
        .copied()
        .unwrap_or(f64::NAN)
}
