//! A log file of 1 GiB, the same on every machine.

use std::{
    fs::File,
    io::{self, BufWriter, Write as _},
    path::Path,
};

/// How long it is, to within a line.
pub(crate) const LEN: u64 = 1 << 30;

/// Occurs in two lines: in the first MiB, and in the last.
pub(crate) const RARE: &str = "quagmire";

/// Writes the log, and gives the number of its lines.
pub(crate) fn write(path: &Path) -> io::Result<u64> {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let (mut lines, mut len) = (0_u64, 0_u64);
    let mut state = 1_u32;
    let (mut first, mut last) = (false, false);
    while len < LEN {
        // Numerical Recipes' generator: lines differ, and are the same on every machine.
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let is_rare = (!first && len > 1 << 19) || (!last && len > LEN - (1 << 19));
        if is_rare {
            last = first;
            first = true;
        }
        let what = if is_rare { RARE } else { "request" };
        let line = format!(
            "2026-01-{day:02}T{hour:02}:{minute:02}:{second:02}.{lines:09}Z INFO server: {what} \
             {state:08x} done in {took} us, {size} bytes",
            day = 1 + lines / 800_000,
            hour = lines / 33_000 % 24,
            minute = lines / 600 % 60,
            second = lines / 10 % 60,
            took = state >> 22,
            size = state >> 12,
        );
        writeln!(out, "{line}")?;
        len += line.len() as u64 + 1;
        lines += 1;
    }
    out.flush()?;
    Ok(lines)
}
