//! Text in JSON: finding its end, resolving its escapes.
//!
//! Borrows from the input when nothing is escaped. A lone surrogate, which JavaScript text may
//! hold and Rust text may not, is refused.

use std::borrow::Cow;

use crate::wire::error::DecodeProblem;

/// Reads the text that starts after an opening quote; returns it and the length of its source,
/// closing quote included.
pub(super) fn read(rest: &str) -> Result<(Cow<'_, str>, usize), DecodeProblem> {
    let plain = plain_len(rest)?;
    if rest.as_bytes()[plain] == b'"' {
        return Ok((Cow::Borrowed(&rest[..plain]), plain + 1));
    }
    let mut text = rest[..plain].to_owned();
    let mut at = plain;
    while rest.as_bytes()[at] == b'\\' {
        let (character, len) = escape(&rest.as_bytes()[at + 1..])?;
        text.push(character);
        at += 1 + len;
        let plain = plain_len(&rest[at..])?;
        text.push_str(&rest[at..at + plain]);
        at += plain;
    }
    Ok((Cow::Owned(text), at + 1))
}

/// Length of the text before the next quote or backslash, which exists.
fn plain_len(rest: &str) -> Result<usize, DecodeProblem> {
    let end = rest
        .bytes()
        .position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20));
    match end.map(|end| (end, rest.as_bytes()[end])) {
        Some((end, b'"' | b'\\')) => Ok(end),
        Some(_) => Err(DecodeProblem::Malformed {
            reason: "a control character in text",
        }),
        None => Err(DecodeProblem::Truncated),
    }
}

/// The character of an escape, and the length of its source after the backslash.
fn escape(rest: &[u8]) -> Result<(char, usize), DecodeProblem> {
    let character = match rest.first().ok_or(DecodeProblem::Truncated)? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unicode(&rest[1..]),
        _ => {
            return Err(DecodeProblem::Malformed {
                reason: "an unknown escape in text",
            });
        }
    };
    Ok((character, 1))
}

/// The character of `\uXXXX` or of a surrogate pair, from after the `u`.
fn unicode(rest: &[u8]) -> Result<(char, usize), DecodeProblem> {
    const LONE: DecodeProblem = DecodeProblem::Malformed {
        reason: "half of a surrogate pair in text",
    };
    let first = hex(rest)?;
    if let Some(character) = char::from_u32(first) {
        return Ok((character, 5));
    }
    let Some(second) = rest.get(4..).and_then(|rest| rest.strip_prefix(br"\u")) else {
        return Err(LONE);
    };
    let second = hex(second)?;
    if first >= 0xdc00 || !(0xdc00..0xe000).contains(&second) {
        return Err(LONE);
    }
    let scalar = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
    char::from_u32(scalar)
        .map(|character| (character, 11))
        .ok_or(LONE)
}

fn hex(rest: &[u8]) -> Result<u32, DecodeProblem> {
    let digits = rest.get(..4).ok_or(DecodeProblem::Truncated)?;
    digits.iter().try_fold(0, |number, digit| {
        let digit = char::from(*digit)
            .to_digit(16)
            .ok_or(DecodeProblem::Malformed {
                reason: "an escape in text has a digit that is none",
            })?;
        Ok(number * 16 + digit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text() {
        for (source, expected) in [
            (r#"" rest"#, ""),
            (r#"abc""#, "abc"),
            (r#"é\n\"\\\/\b\f\r\t""#, "é\n\"\\/\u{8}\u{c}\r\t"),
            (r#"\u00e9\ud83d\ude00x""#, "é😀x"),
            (r#"\u0000""#, "\0"),
        ] {
            let (text, len) = read(source).unwrap();
            assert_eq!(text, expected);
            assert_eq!(source.as_bytes()[len - 1], b'"');
        }
    }

    #[test]
    fn broken_text_is_refused() {
        for source in [
            "",
            "abc",
            "\\",
            "\\\"",
            "a\nb\"",
            "\\x\"",
            "\\u12\"",
            "\\u12g4\"",
            "\\ud800\"",
            "\\ud800x\"",
            "\\ud800\\u0041\"",
            "\\udc00\"",
            "\\udc00\\udc00\"",
            "\\ud800\\u",
        ] {
            assert!(read(source).is_err(), "{source}");
        }
    }
}
