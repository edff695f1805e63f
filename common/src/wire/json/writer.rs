//! Writes JSON and collects its attachments.
//!
//! Numbers and text are written by `serde_json`; brackets, keys and markers here, because an
//! object that turns out to have the marker's key is escaped after the fact. In iTwin's dialect it
//! writes what `JSON.stringify` does.

use serde::Serialize;

use super::{Dialect, date, itwin};
use crate::wire::Bytes;
use crate::wire::bytes::shared_or_copied;
use crate::wire::edge::{Mark, Sink};
use crate::wire::error::EncodeError;
use crate::wire::marker::{JSON_KEY, JsonMarker, Special, odd_number_name};

/// JSON under construction.
#[derive(Debug, Default)]
pub(in crate::wire) struct Writer {
    pub(in crate::wire) out: Vec<u8>,
    pub(in crate::wire) attachments: Vec<Bytes>,
    /// A key is being written: only text may come, so numbers go in quotes.
    in_key: bool,
    /// The next bytes are part of a marker: only their index is written.
    bare_index: bool,
    pub(in crate::wire) dialect: Dialect,
    /// iTwin's dialect: where the key starts whose value comes next, and where the value will.
    after_key: Option<(usize, usize)>,
}

impl Writer {
    pub(in crate::wire) fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            ..Self::default()
        }
    }

    fn is_itwin(&self) -> bool {
        self.dialect == Dialect::ITwin
    }

    fn scalar<T: Serialize>(&mut self, value: T) -> Result<(), EncodeError> {
        if self.in_key {
            self.out.push(b'"');
        }
        serde_json::to_writer(&mut self.out, &value).map_err(serde::ser::Error::custom)?;
        if self.in_key {
            self.out.push(b'"');
        }
        Ok(())
    }

    fn no_key(&self) -> Result<(), EncodeError> {
        if self.in_key {
            Err(EncodeError::KeyNotText)
        } else {
            Ok(())
        }
    }

    fn open_marker(&mut self, marker: JsonMarker) {
        self.out.extend_from_slice(&opening(marker));
    }

    fn close_marker(&mut self) {
        self.out.extend_from_slice(b"]}");
    }

    fn odd_number(&mut self, name: &'static str) -> Result<(), EncodeError> {
        self.no_key()?;
        if self.is_itwin() {
            let text: &[u8] = if name == "-0" { b"0" } else { b"null" };
            self.out.extend_from_slice(text);
            return Ok(());
        }
        self.open_marker(JsonMarker::Number);
        self.out.push(b',');
        self.scalar(name)?;
        self.close_marker();
        Ok(())
    }
}

/// Whole numbers below it have one double each: 2^53.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// `{"$twinbridge":["<name>"`
fn opening(marker: JsonMarker) -> Vec<u8> {
    format!(r#"{{"{JSON_KEY}":["{}""#, marker.name()).into_bytes()
}

/// How special values look in iTwin's dialect. Each is written as its parts first, and then made
/// into what JavaScript makes of it.
impl Writer {
    fn begin_itwin(&mut self, kind: Special) -> Result<Mark, EncodeError> {
        match kind {
            Special::BigInt => return Err(EncodeError::NotInITwinJson { kind: kind.name() }),
            Special::Undefined => self.undefined(),
            _ => {}
        }
        Ok(Mark {
            start: self.out.len(),
            attachments: self.attachments.len(),
            ..Mark::default()
        })
    }

    /// Nothing at the top, null in an array, and no member in an object.
    fn undefined(&mut self) {
        match self.after_key.take() {
            Some((key, value)) if value == self.out.len() => {
                self.out.truncate(key);
                self.out.pop_if(|byte| *byte == b',');
            }
            _ if self.out.is_empty() => {}
            _ => self.out.extend_from_slice(b"null"),
        }
    }

    fn end_itwin(&mut self, kind: Special, mark: &Mark) {
        let parts = self.out.split_off(mark.start);
        // Keys within the parts are gone with them.
        self.after_key = None;
        match kind {
            Special::Date => {
                let milliseconds = std::str::from_utf8(&parts).ok();
                let milliseconds = milliseconds.and_then(|text| text.parse().ok());
                match milliseconds.and_then(date::iso) {
                    Some(text) => self.out.extend_from_slice(format!("\"{text}\"").as_bytes()),
                    None => self.out.extend_from_slice(b"null"),
                }
            }
            Special::View => {
                // The name, which has no bracket in it, and then the marker.
                let marker = parts.iter().position(|byte| *byte == b'{');
                self.out.extend_from_slice(&parts[marker.unwrap_or(0)..]);
            }
            Special::Error => {
                let members = parts.strip_suffix(b"}").unwrap_or(&parts);
                self.out.extend_from_slice(members);
                if members.len() > 1 {
                    self.out.push(b',');
                }
                self.out.extend_from_slice(br#""isError":true}"#);
            }
            Special::Map | Special::Set | Special::RegExp => {
                self.attachments.truncate(mark.attachments);
                self.out.extend_from_slice(b"{}");
            }
            Special::Undefined | Special::BigInt => {}
        }
    }
}

/// Whether the JSON value at the start of `text` is true for JavaScript's `if`.
fn is_truthy(text: &[u8]) -> bool {
    let falsy: [&[u8]; 6] = [b"false", b"null", b"0,", b"0}", b"\"\",", b"\"\"}"];
    !falsy.iter().any(|falsy| text.starts_with(falsy))
}

impl Sink for Writer {
    fn null(&mut self) -> Result<(), EncodeError> {
        self.no_key()?;
        self.out.extend_from_slice(b"null");
        Ok(())
    }

    fn boolean(&mut self, value: bool) -> Result<(), EncodeError> {
        self.scalar(value)
    }

    fn unsigned(&mut self, value: u64) -> Result<(), EncodeError> {
        self.scalar(value)
    }

    fn signed(&mut self, value: i64) -> Result<(), EncodeError> {
        self.scalar(value)
    }

    fn single(&mut self, value: f32) -> Result<(), EncodeError> {
        match odd_number_name(value.into()) {
            Some(name) => self.odd_number(name),
            None => self.scalar(value),
        }
    }

    fn double(&mut self, value: f64) -> Result<(), EncodeError> {
        match odd_number_name(value) {
            Some(name) => self.odd_number(name),
            // JavaScript writes whole numbers without a point, and theirs are exact up to here.
            None if self.is_itwin() && value.trunc() == value && value.abs() < EXACT => {
                self.scalar(value as i64)
            }
            None => self.scalar(value),
        }
    }

    fn text(&mut self, value: &str) -> Result<(), EncodeError> {
        serde_json::to_writer(&mut self.out, value).map_err(serde::ser::Error::custom)
    }

    fn bytes(&mut self, value: &[u8]) -> Result<(), EncodeError> {
        self.no_key()?;
        let index = self.attachments.len();
        self.attachments.push(shared_or_copied(value));
        if self.is_itwin() {
            itwin::Marker::write(&mut self.out, index, value.len());
            return Ok(());
        }
        if std::mem::take(&mut self.bare_index) {
            return self.scalar(index);
        }
        self.open_marker(JsonMarker::Bytes);
        self.out.push(b',');
        self.scalar(index)?;
        self.close_marker();
        Ok(())
    }

    fn wide_key(&mut self, digits: &str) -> Result<bool, EncodeError> {
        if self.in_key {
            self.text(digits)?;
        }
        Ok(self.in_key)
    }

    fn begin_sequence(&mut self, len: Option<usize>) -> Result<Mark, EncodeError> {
        self.no_key()?;
        let start = self.out.len();
        self.out.push(b'[');
        Ok(Mark {
            start,
            announced: len,
            ..Mark::default()
        })
    }

    fn element(&mut self, mark: &mut Mark) {
        if mark.count != 0 {
            self.out.push(b',');
        }
        mark.count += 1;
    }

    fn end_sequence(&mut self, _mark: &Mark) -> Result<(), EncodeError> {
        self.out.push(b']');
        Ok(())
    }

    fn begin_mapping(&mut self, len: Option<usize>) -> Result<Mark, EncodeError> {
        self.no_key()?;
        let start = self.out.len();
        self.out.push(b'{');
        Ok(Mark {
            start,
            announced: len,
            ..Mark::default()
        })
    }

    fn begin_key(&mut self, mark: &mut Mark) {
        if self.is_itwin() {
            // What was written before may have been taken back: a member that is undefined.
            mark.count += 1;
            if self.out.last() != Some(&b'{') {
                self.out.push(b',');
            }
        } else {
            self.element(mark);
        }
        mark.key_start = self.out.len();
        self.in_key = true;
    }

    fn end_key(&mut self, mark: &mut Mark) -> Result<(), EncodeError> {
        self.in_key = false;
        match &self.out[mark.key_start..] {
            br#""\u0000twinbridge""# => return Err(EncodeError::ReservedKey),
            br#""$twinbridge""# if !self.is_itwin() => mark.escape = true,
            br#""isBinary""# if self.is_itwin() => mark.binary_at = Some(self.out.len() + 1),
            _ => {}
        }
        self.out.push(b':');
        self.after_key = Some((mark.key_start, self.out.len()));
        Ok(())
    }

    fn end_mapping(&mut self, mark: &Mark) -> Result<(), EncodeError> {
        self.out.push(b'}');
        if mark.binary_at.is_some_and(|at| is_truthy(&self.out[at..])) {
            return Err(EncodeError::LooksBinary);
        }
        if mark.escape {
            let mut opening = opening(JsonMarker::Object);
            opening.push(b',');
            self.out.splice(mark.start..mark.start, opening);
            self.close_marker();
        }
        Ok(())
    }

    fn begin_special(&mut self, kind: Special) -> Result<Mark, EncodeError> {
        self.no_key()?;
        if self.is_itwin() {
            return self.begin_itwin(kind);
        }
        self.open_marker(JsonMarker::Special(kind));
        Ok(Mark::default())
    }

    fn part(&mut self, kind: Special, index: usize) -> Result<(), EncodeError> {
        if self.is_itwin() {
            return Ok(());
        }
        self.out.push(b',');
        self.bare_index = kind == Special::View && index == 1;
        Ok(())
    }

    fn end_special(&mut self, kind: Special, mark: &Mark) -> Result<(), EncodeError> {
        if self.is_itwin() {
            self.end_itwin(kind, mark);
            return Ok(());
        }
        self.close_marker();
        Ok(())
    }
}
