//! Numbers as people type them, read without loss.
//!
//! Digits may be grouped; an integer is exact however long it is; a float may be one of the four
//! that JSON has no word for.

use twinbridge_common::wire::Value;

use super::shape::Bounds;

/// The integer that `text` says.
pub(super) fn integer(text: &str, bounds: Bounds) -> Result<Value, String> {
    let text = bare(text);
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(&text)),
    };
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err("Give a whole number.".to_owned());
    }
    let digits = digits.trim_start_matches('0');
    let text = match (sign, digits) {
        (_, "") => "0".to_owned(),
        (sign, digits) => format!("{sign}{digits}"),
    };
    let (signed, unsigned) = (text.parse::<i128>().ok(), text.parse::<u128>().ok());
    let is_low = match (bounds.min, signed, unsigned) {
        (None, ..) => false,
        (Some(min), Some(number), _) => number < min,
        // Beyond 128 bits below, or above every minimum.
        (Some(_), None, number) => number.is_none() && !sign.is_empty(),
    };
    let is_high = match (bounds.max, unsigned) {
        (None, _) => false,
        (Some(max), Some(number)) => number > max,
        (Some(_), None) => sign.is_empty(),
    };
    if is_low || is_high {
        return Err(match (bounds.min, bounds.max) {
            (Some(min), Some(max)) => format!("Give a whole number from {min} to {max}."),
            (Some(min), None) => format!("Give a whole number of {min} or more."),
            (None, max) => format!("Give a whole number of {} or less.", max.unwrap_or(0)),
        });
    }
    let number = signed.and_then(|number| i64::try_from(number).ok());
    let number = number.map(Value::Int);
    let number = number.or_else(|| {
        unsigned
            .and_then(|number| u64::try_from(number).ok())
            .map(Value::UInt)
    });
    Ok(number.unwrap_or(Value::BigInt(text)))
}

/// The float that `text` says.
pub(super) fn float(text: &str, is_single: bool) -> Result<Value, String> {
    let text = bare(text);
    let (sign, word) = match text.strip_prefix('-') {
        Some(word) => (-1.0, word),
        None => (1.0, text.strip_prefix('+').unwrap_or(&text)),
    };
    let number = match word.to_ascii_lowercase().as_str() {
        "nan" => f64::NAN,
        "infinity" | "inf" | "∞" => f64::INFINITY.copysign(sign),
        word if word.starts_with(|first: char| first.is_ascii_digit() || first == '.') => {
            // Rounded once: by way of a double it could be rounded twice.
            let number = match is_single {
                true => word.parse::<f32>().map(f64::from),
                false => word.parse::<f64>(),
            };
            let number = number.map_err(|_| WANTED.to_owned())?;
            if number.is_infinite() {
                return Err("The number is too large. `Infinity` is written so.".to_owned());
            }
            number.copysign(sign)
        }
        _ => return Err(WANTED.to_owned()),
    };
    Ok(Value::Float(number))
}

const WANTED: &str = "Give a number, `NaN`, `Infinity` or `-Infinity`.";

/// Without white space and the signs that group digits.
fn bare(text: &str) -> String {
    let is_grouping = |letter: &char| letter.is_whitespace() || "_'’".contains(*letter);
    text.chars().filter(|letter| !is_grouping(letter)).collect()
}
