//! What is shown of a line: its first 16 KiB, as text.
//!
//! Pure: bytes in, text out. Used by `page.rs` for each line of a page.

/// Longest text of a line, in bytes.
const MAX_TEXT: usize = 16 * 1024;

/// Bytes of a line that [`Text::of`] may need: a character across the limit is seen whole, so
/// that it is left out and not taken for bytes that are not UTF-8.
pub(super) const LOOK_AT: usize = MAX_TEXT + 3;

/// The text of a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) text: String,
    /// Whether bytes of it were not UTF-8.
    pub(super) is_lossy: bool,
}

impl Text {
    /// Text of a line that begins with these bytes: all of it, or its first [`LOOK_AT`] bytes.
    pub(super) fn of(bytes: &[u8]) -> Self {
        let mut text = String::with_capacity(bytes.len().min(MAX_TEXT));
        let mut is_lossy = false;
        for chunk in bytes.utf8_chunks() {
            let room = MAX_TEXT - text.len();
            let valid = chunk.valid();
            text.push_str(&valid[..valid.floor_char_boundary(room)]);
            if valid.len() > room {
                break;
            }
            if !chunk.invalid().is_empty() {
                if room - valid.len() < char::REPLACEMENT_CHARACTER.len_utf8() {
                    break;
                }
                text.push(char::REPLACEMENT_CHARACTER);
                is_lossy = true;
            }
        }
        Self { text, is_lossy }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(line: &[u8]) -> Text {
        Text::of(&line[..line.len().min(LOOK_AT)])
    }

    #[test]
    fn what_is_not_utf_8_is_replaced() {
        let text = text_of(b"a\xFFb\xE2\x82");
        assert_eq!(
            text,
            Text {
                text: "a\u{FFFD}b\u{FFFD}".to_owned(),
                is_lossy: true
            }
        );
    }

    #[test]
    fn a_character_across_the_limit_is_left_out() {
        for (character, widths) in [("é", 1..=1), ("€", 1..=2), ("𝄞", 1..=3)] {
            for before in widths {
                let kept = "x".repeat(MAX_TEXT - before);
                let line = format!("{kept}{character}{}", "y".repeat(9));
                assert_eq!(
                    text_of(line.as_bytes()),
                    Text {
                        text: kept,
                        is_lossy: false
                    }
                );
            }
        }
    }

    #[test]
    fn a_character_right_before_the_limit_is_kept() {
        let kept = format!("{}€", "x".repeat(MAX_TEXT - 3));
        let line = format!("{kept}y");
        assert_eq!(
            text_of(line.as_bytes()),
            Text {
                text: kept,
                is_lossy: false
            }
        );
    }

    #[test]
    fn replacements_do_not_make_the_text_longer_than_the_limit() {
        let text = text_of(&[0xFF; 20_000]);
        assert_eq!(text.text.len(), MAX_TEXT - 1);
        assert!(text.is_lossy);
    }

    #[test]
    fn bytes_behind_the_limit_do_not_make_a_text_lossy() {
        let mut line = vec![b'x'; MAX_TEXT];
        line.extend([0xFF; 8]);
        assert!(!text_of(&line).is_lossy);
    }
}
