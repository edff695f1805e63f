//! Writes JSON and collects its attachments.
//!
//! Numbers and text are written by `serde_json`; brackets, keys and markers here, because an
//! object that turns out to have the marker's key is escaped after the fact.

use serde::Serialize;

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
}

impl Writer {
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
        self.open_marker(JsonMarker::Number);
        self.out.push(b',');
        self.scalar(name)?;
        self.close_marker();
        Ok(())
    }
}

/// `{"$twinbridge":["<name>"`
fn opening(marker: JsonMarker) -> Vec<u8> {
    format!(r#"{{"{JSON_KEY}":["{}""#, marker.name()).into_bytes()
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
        self.element(mark);
        mark.key_start = self.out.len();
        self.in_key = true;
    }

    fn end_key(&mut self, mark: &mut Mark) -> Result<(), EncodeError> {
        self.in_key = false;
        match &self.out[mark.key_start..] {
            br#""\u0000twinbridge""# => return Err(EncodeError::ReservedKey),
            br#""$twinbridge""# => mark.escape = true,
            _ => {}
        }
        self.out.push(b':');
        Ok(())
    }

    fn end_mapping(&mut self, mark: &Mark) -> Result<(), EncodeError> {
        self.out.push(b'}');
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
        self.open_marker(JsonMarker::Special(kind));
        Ok(Mark::default())
    }

    fn part(&mut self, kind: Special, index: usize) -> Result<(), EncodeError> {
        self.out.push(b',');
        self.bare_index = kind == Special::View && index == 1;
        Ok(())
    }

    fn end_special(&mut self, _kind: Special, _mark: &Mark) -> Result<(), EncodeError> {
        self.close_marker();
        Ok(())
    }
}
