//! A log of 1 GiB: its first page, its lines counted, pages anywhere in it, and a search.

use std::{
    fmt,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use twinbridge::common::{
    interfaces::files::{FileId, FilesInterface, LinePage, PatternSyntax, SearchItem, SearchQuery},
    ipc::{IpcInterface as _, StampSlot},
    wire::MethodName,
};

use crate::{
    Problem,
    log::{self, RARE},
    page::Page,
    spread::{Spread, microseconds},
};

/// Lines of a page as a window shows it.
const PAGE: u32 = 60;
/// Pages anywhere in the file.
const PAGES: u64 = 1000;

/// Times by round.
#[derive(Default)]
pub(crate) struct Files {
    first_page: Vec<Duration>,
    count: Vec<Duration>,
    wc: Vec<Duration>,
    /// The 99th percentile of each round.
    random_page: Vec<Duration>,
    search: Vec<Duration>,
    rg: Vec<Duration>,
    /// How much of the file had been read when the first line was there, of all of it.
    first_hit: Vec<f64>,
}

pub(crate) async fn measure(page: &Page, folder: &Path, rounds: u32) -> Result<Files, Problem> {
    let path = folder.join("large.log");
    let lines = log::write(&path)?;
    let mut files = Files::default();
    // Once, so that the file is in memory for everybody.
    run(Command::new("wc").arg("-l").arg(&path))?;
    for _ in 0..rounds {
        let started = Instant::now();
        let name = path.display().to_string();
        let file = page.files.open(name).await?.file;
        page.files.lines(file, 0, PAGE).await?;
        files.first_page.push(started.elapsed());
        let counted = page.files.complete_line_count(file).await?;
        files.count.push(started.elapsed());
        if counted.lines != lines {
            return Err(format!("{} lines counted of {lines}", counted.lines).into());
        }
        files.wc.push(run(Command::new("wc").arg("-l").arg(&path))?);
        files
            .random_page
            .push(random_pages(page, file, lines).await?);
        let (took, first) = search(page, file).await?;
        files.search.push(took);
        files.first_hit.push(first);
        files.rg.push(run(Command::new("rg")
            .args(["-j1", "-n", RARE])
            .arg(&path))?);
        page.files.close(file).await?;
    }
    Ok(files)
}

/// How long a program takes.
fn run(command: &mut Command) -> Result<Duration, Problem> {
    let started = Instant::now();
    let status = command
        .stdout(Stdio::null())
        .status()
        .map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    if !status.success() {
        return Err(format!("{} ended with {status}", command.get_program().display()).into());
    }
    Ok(started.elapsed())
}

/// The 99th percentile, by the backend's stamps from the call's arrival to its reply.
async fn random_pages(page: &Page, file: FileId, lines: u64) -> Result<Duration, Problem> {
    let mut times = Vec::new();
    let mut at = 0_u64;
    for _ in 0..PAGES {
        // A step that is no fraction of the length comes by everywhere.
        at = (at + lines * 5 / 13 + 7919) % lines;
        let stamps = StampSlot::default();
        let method = MethodName::literal("lines");
        let call = page
            .caller
            .call::<LinePage>(FilesInterface::CHANNEL, method, &(file, at, PAGE))
            .stamped(&stamps);
        let read = call.await?;
        if read.first != at {
            return Err(format!("line {} came for line {at}", read.first).into());
        }
        let stamps = stamps.get().ok_or("the backend gave no times")?;
        times.push(Duration::from_micros(
            stamps.replied_us.saturating_sub(stamps.arrived_us),
        ));
    }
    times.sort();
    let at = times.len() * 99 / 100;
    times
        .get(at)
        .copied()
        .ok_or_else(|| "no page was read".into())
}

/// How long it took, and the share of that after which the first line was there.
async fn search(page: &Page, file: FileId) -> Result<(Duration, f64), Problem> {
    let started = Instant::now();
    let query = SearchQuery {
        pattern: RARE.to_owned(),
        syntax: PatternSyntax::Text,
        ignore_case: false,
        max_lines: 1000,
    };
    let mut items = page.files.search(file, query).await?;
    let (mut first, mut found) = (None, 0);
    while let Some(item) = items.next().await {
        match item? {
            SearchItem::Found(_) => {
                first.get_or_insert_with(|| started.elapsed());
                found += 1;
            }
            SearchItem::Done { lines: 2, .. } if found == 2 => break,
            SearchItem::Done { lines, .. } => return Err(format!("{lines} lines found").into()),
            _ => {}
        }
    }
    let took = started.elapsed();
    let first = first.ok_or("nothing was found")?;
    Ok((took, first.as_secs_f64() / took.as_secs_f64()))
}

fn milliseconds(times: &[Duration]) -> Spread {
    Spread::of(microseconds(times).into_iter().map(|time| time / 1000.0))
}

fn ratios(over: &[Duration], under: &[Duration]) -> Spread {
    Spread::ratios(&microseconds(over), &microseconds(under))
}

impl fmt::Display for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first_hit = Spread::of(self.first_hit.iter().map(|share| share * 100.0));
        for (name, bar, value) in [
            (
                "1 GiB log, first page, ms",
                "≤ 100",
                milliseconds(&self.first_page),
            ),
            (
                "all its lines counted / wc -l",
                "≤ 1.5",
                ratios(&self.count, &self.wc),
            ),
            (
                "1000 pages anywhere, 99th percentile, ms",
                "≤ 20",
                milliseconds(&self.random_page),
            ),
            (
                "search for a rare word / rg -j1 -n",
                "≤ 1.5",
                ratios(&self.search, &self.rg),
            ),
            ("a hit in its first MiB, % of that time", "≤ 5", first_hit),
        ] {
            writeln!(f, "{name:<44}bar {bar:<7}{value}")?;
        }
        Ok(())
    }
}
