//! Pages against what a plain reading of the whole text gives.

use twinbridge_common::interfaces::files::{Line, LineCount};

use crate::app::{App, line};

const LONGEST_TEXT: usize = 16 * 1024;

/// The lines of a text, read the plain way.
fn plain(content: &[u8]) -> Vec<Line> {
    let mut lines: Vec<&[u8]> = content.split(|byte| *byte == b'\n').collect();
    let last = lines.pop().expect("a split gives one part at least");
    let mut lines: Vec<_> = lines
        .into_iter()
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .collect();
    if !last.is_empty() {
        lines.push(last);
    }
    lines
        .into_iter()
        .map(|line| {
            let shown = String::from_utf8_lossy(&line[..line.len().min(LONGEST_TEXT)]);
            let is_lossy = shown.contains('\u{FFFD}');
            Line {
                text: shown.into_owned(),
                len: line.len() as u64,
                is_lossy,
            }
        })
        .collect()
}

/// A generator of its own, so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    /// ASCII text with lines from empty to several pieces long.
    fn text(&mut self, len: usize) -> Vec<u8> {
        let mut text = Vec::with_capacity(len);
        while text.len() < len {
            let line = match self.below(40) {
                0 => self.below(300_000),
                1..5 => self.below(20_000),
                5..10 => 0,
                _ => self.below(100),
            };
            let letter = b'a' + self.below(26) as u8;
            text.extend((0..line).map(|at| letter ^ (at % 7) as u8));
            text.extend(if self.below(3) == 0 {
                b"\r\n".as_slice()
            } else {
                b"\n"
            });
        }
        text.truncate(len);
        text
    }
}

#[tokio::test]
async fn pages_anywhere_are_what_a_plain_reading_gives() {
    let app = App::new();
    let page = app.page().await;
    for seed in 1..=8_u64 {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let len = 1 + random.below(3_000_000) as usize;
        let content = random.text(len);
        let expected = plain(&content);
        let file = page.open(&app, &content).await;
        for _ in 0..40 {
            let first = random.below(expected.len() as u64 + 3);
            let count = 1 + random.below(20);
            let given = page.lines(file, first, count as u32).await.unwrap();
            let (from, to) = (first as usize, (first + count) as usize);
            let wanted = &expected[from.min(expected.len())..to.min(expected.len())];
            assert!(given == wanted, "seed {seed}, {count} lines from {first}");
        }
        let count = page.files.complete_line_count(file).await.unwrap();
        let lines = expected.len() as u64;
        assert_eq!(
            count,
            LineCount {
                lines,
                bytes: len as u64,
                is_complete: true
            }
        );
        page.files.close(file).await.unwrap();
    }
}

#[tokio::test]
async fn line_ends_around_the_edges_of_pieces() {
    let app = App::new();
    let page = app.page().await;
    for before in 65_530..=65_540 {
        let mut content = vec![b'x'; before];
        content.extend(b"\r\n\r\nab\rc\r\n\nlast\r");
        let file = page.open(&app, &content).await;
        let given = page.lines(file, 0, 9).await.unwrap();
        assert_eq!(given[0].len, before as u64);
        assert_eq!(
            given[1..],
            [line(""), line("ab\rc"), line(""), line("last\r")]
        );
        page.files.close(file).await.unwrap();
    }
}

#[tokio::test]
async fn a_long_line_is_cut_on_a_character_and_keeps_its_length() {
    let app = App::new();
    let page = app.page().await;
    let kept = "x".repeat(LONGEST_TEXT - 1);
    let content = format!("{kept}é{}\nnext\n", "y".repeat(400_000));
    let file = page.open(&app, content.as_bytes()).await;
    let given = page.lines(file, 0, 2).await.unwrap();
    let len = content.len() as u64 - 6;
    assert!(
        given[0]
            == Line {
                text: kept,
                len,
                is_lossy: false
            }
    );
    assert_eq!(given[1], line("next"));
}

#[tokio::test]
async fn bytes_that_are_not_utf_8_are_shown_as_replacements() {
    let app = App::new();
    let page = app.page().await;
    let file = page.open(&app, b"gr\xFC\xDFe\r\nfine\n").await;
    let lossy = Line {
        text: "gr\u{FFFD}\u{FFFD}e".to_owned(),
        len: 5,
        is_lossy: true,
    };
    assert_eq!(page.lines(file, 0, 2).await, Ok(vec![lossy, line("fine")]));
}

#[tokio::test]
async fn a_page_ends_before_it_exceeds_1_mib() {
    let app = App::new();
    let page = app.page().await;
    let content = format!("{}\n", "x".repeat(9_999)).repeat(300);
    let file = page.open(&app, content.as_bytes()).await;
    let given = page.lines(file, 0, u32::MAX).await.unwrap();
    assert_eq!(given.len(), 104, "as many as fit with 32 bytes beside each");
}

#[tokio::test]
async fn a_page_of_empty_lines_ends_too() {
    let app = App::new();
    let page = app.page().await;
    let file = page.open(&app, &[b'\n'; 100_000]).await;
    assert_eq!(
        page.lines(file, 90_000, u32::MAX).await.unwrap().len(),
        10_000
    );
    assert_eq!(page.lines(file, 0, u32::MAX).await.unwrap().len(), 32_768);
    assert_eq!(page.lines(file, 0, 0).await, Ok(vec![]));
    assert_eq!(page.lines(file, u64::MAX, u32::MAX).await, Ok(vec![]));
}
