//! The format of recordings: one JSON value per line, a header and then what happened.
//!
//! Plain text in, plain values out: who writes a recording brings the file, who reads one brings
//! the lines. The backend writes and replays them, a page shows them. `docs/inspector.md` has the
//! format for people.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use crate::{
    interfaces::inspector::{EncodedPayload, Happening},
    wire::{Build, Codec, EncodeError, Payload},
};

/// The version of the format that is written, and the newest that is read.
pub const VERSION: u32 = 1;

/// What the first line of every recording begins with.
const FORMAT: &str = "twinbridge recording";

/// The first line.
#[cfg_attr(doc, doc = include_str!("../examples/recording.md"))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Header {
    /// Always `twinbridge recording`.
    format: String,
    /// Version of the format.
    version: u32,
    /// Whether calls, replies and items are in it, not only their names, sizes and times.
    pub has_payloads: bool,
    /// Version of Twinbridge that wrote it.
    pub twinbridge: String,
    /// When it began, in microseconds since 1970.
    pub began_us: u64,
    /// The interfaces that the backend had.
    pub interfaces: Vec<RecordedInterface>,
}

/// An interface of the backend that was recorded.
#[cfg_attr(doc, doc = include_str!("../examples/recording.md"))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordedInterface {
    /// Its channel.
    pub channel: String,
    /// Version and fingerprint.
    pub build: Build,
}

impl Header {
    /// A header of this version.
    #[must_use]
    pub fn new(has_payloads: bool, began_us: u64, interfaces: Vec<RecordedInterface>) -> Self {
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            has_payloads,
            twinbridge: env!("CARGO_PKG_VERSION").to_owned(),
            began_us,
            interfaces,
        }
    }
}

/// A value as a line, without its end.
///
/// # Errors
/// [`EncodeError`], which headers and happenings never meet.
pub fn line<T: Serialize>(value: &T) -> Result<Vec<u8>, EncodeError> {
    let payload = Payload::encode(Codec::Json, value)?;
    Ok(payload.bytes.to_vec())
}

/// A recording that is read line by line.
///
/// ```
/// use twinbridge_common::{
///     interfaces::inspector::{Happening, What},
///     recording::{Header, Reader, line},
/// };
///
/// let began = Happening { at_us: 5, session: 1, what: What::Began { window: "main".into() } };
/// let header = line(&Header::new(false, 5, Vec::new()))?;
/// let mut reader = Reader::new(&header)?;
/// assert_eq!(reader.read(&line(&began)?)?, began);
/// // A recording that was cut short ends within a line.
/// let end = line(&began)?;
/// let error = reader.read(&end[..20]).unwrap_err();
/// assert_eq!(error.to_string(), "line 3 of the recording is not whole, or is damaged");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Reader {
    header: Header,
    line: u64,
}

impl Reader {
    /// Begins with the first line.
    ///
    /// # Errors
    /// [`BadRecording`] where it is no header, or that of a newer version.
    pub fn new(first: &[u8]) -> Result<Self, BadRecording> {
        // What every version has; the rest may be anything in a newer one.
        #[derive(Deserialize)]
        struct Begin {
            format: String,
            version: u32,
        }
        let begin: Begin = decode(first).ok_or(BadRecording::NotOne)?;
        if begin.format != FORMAT {
            return Err(BadRecording::NotOne);
        }
        if begin.version > VERSION {
            let version = begin.version;
            return Err(BadRecording::Newer { version });
        }
        let header = decode(first).ok_or(BadRecording::Damaged { line: 1 })?;
        Ok(Self { header, line: 1 })
    }

    /// What the first line says.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Reads the next line.
    ///
    /// # Errors
    /// [`BadRecording::Damaged`], which in the last line means that the recording was cut short:
    /// what came before is whole.
    pub fn read(&mut self, line: &[u8]) -> Result<Happening, BadRecording> {
        self.line += 1;
        decode(line).ok_or(BadRecording::Damaged { line: self.line })
    }
}

fn decode<T: serde::de::DeserializeOwned>(line: &[u8]) -> Option<T> {
    let payload = Payload {
        codec: Codec::Json,
        bytes: line.to_vec().into(),
        attachments: Vec::new(),
    };
    payload.decode().ok()
}

/// A recording read whole, up to where it was cut short.
#[cfg_attr(doc, doc = include_str!("../examples/recording.md"))]
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// Its first line.
    pub header: Header,
    /// What happened, oldest first.
    pub happenings: Vec<Happening>,
    /// Why it ends where it does, if it was cut short.
    pub cut: Option<BadRecording>,
}

impl Recording {
    /// Reads all lines.
    ///
    /// # Errors
    /// [`BadRecording`] where the first is no header, or one that is not the last is damaged.
    pub fn read<'a>(lines: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, BadRecording> {
        let mut lines = lines.into_iter().filter(|line| !line.is_empty());
        let mut reader = Reader::new(lines.next().unwrap_or_default())?;
        let mut recording = Self {
            header: reader.header().clone(),
            happenings: Vec::new(),
            cut: None,
        };
        for line in lines {
            if let Some(damage) = recording.cut {
                return Err(damage);
            }
            match reader.read(line) {
                Ok(happening) => recording.happenings.push(happening),
                Err(damage) => recording.cut = Some(damage),
            }
        }
        Ok(recording)
    }

    /// Reads a whole file.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn parse(bytes: &[u8]) -> Result<Self, BadRecording> {
        Self::read(bytes.split(|byte| *byte == b'\n'))
    }
}

/// Why a recording cannot be read, from some line on or at all.
#[cfg_attr(doc, doc = include_str!("../examples/recording.md"))]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadRecording {
    /// The first line is no header.
    #[error("this is no recording of Twinbridge: its first line does not say so")]
    NotOne,
    /// It is of a version that is not known here.
    #[error(
        "this recording has format {version}, and up to {VERSION} is read here; take the Twinbridge that wrote it, or a newer one"
    )]
    Newer {
        /// Its version.
        version: u32,
    },
    /// A line is not whole: the recording was cut short here, or is damaged.
    #[error("line {line} of the recording is not whole, or is damaged")]
    Damaged {
        /// Number of the line, counted from 1.
        line: u64,
    },
}

impl From<&Payload> for EncodedPayload {
    fn from(payload: &Payload) -> Self {
        let attachments = payload.attachments.iter();
        Self {
            codec: payload.codec.number(),
            value: STANDARD.encode(&payload.bytes),
            attachments: attachments.map(|bytes| STANDARD.encode(bytes)).collect(),
        }
    }
}

impl EncodedPayload {
    /// The payload; `None` where this is none.
    ///
    /// ```
    /// use twinbridge_common::{interfaces::inspector::EncodedPayload, wire::{Codec, Payload, Value}};
    ///
    /// let payload = Payload::encode(Codec::MessagePack, &Value::Float(f64::NAN))?;
    /// assert_eq!(EncodedPayload::from(&payload).decoded(), Some(payload));
    /// # Ok::<(), twinbridge_common::wire::EncodeError>(())
    /// ```
    #[must_use]
    pub fn decoded(&self) -> Option<Payload> {
        let bytes = |text: &String| STANDARD.decode(text).ok().map(crate::Bytes::from);
        Some(Payload {
            codec: Codec::from_number(self.codec)?,
            bytes: bytes(&self.value)?,
            attachments: self.attachments.iter().map(bytes).collect::<Option<_>>()?,
        })
    }
}

impl fmt::Display for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let payloads = if self.has_payloads { "with" } else { "without" };
        write!(
            f,
            "a recording of Twinbridge {}, {payloads} payloads",
            self.twinbridge
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        interfaces::inspector::What,
        wire::{Object, Value, View},
    };

    fn happening(at_us: u64) -> Happening {
        let what = What::Began {
            window: "a \"window\"\n of u2028 \u{2028}".into(),
        };
        Happening {
            at_us,
            session: u64::MAX,
            what,
        }
    }

    fn recording(count: u64) -> Vec<u8> {
        let mut text = line(&Header::new(true, 7, Vec::new())).unwrap();
        for at in 0..count {
            text.push(b'\n');
            text.extend(line(&happening(at)).unwrap());
        }
        text.push(b'\n');
        text
    }

    #[test]
    fn a_recording_is_lines_of_json() {
        let text = String::from_utf8(recording(1)).unwrap();
        assert_eq!(
            text.lines().next().unwrap(),
            format!(
                r#"{{"format":"twinbridge recording","version":1,"hasPayloads":true,"twinbridge":"{}","beganUs":7,"interfaces":[]}}"#,
                env!("CARGO_PKG_VERSION")
            )
        );
        assert_eq!(text.lines().count(), 2);
        for line in text.lines() {
            serde_json::from_str::<serde_json::Value>(line).unwrap();
        }
    }

    #[test]
    fn a_recording_cut_short_at_any_byte_is_read_up_to_its_last_whole_line() {
        let whole = recording(3);
        let header = whole.iter().position(|byte| *byte == b'\n').unwrap();
        for end in 0..=whole.len() {
            let read = Recording::parse(&whole[..end]);
            if end < header {
                assert_eq!(read, Err(BadRecording::NotOne), "{end}");
                continue;
            }
            let read = read.unwrap();
            let mut lines: Vec<_> = whole[..end].split(|byte| *byte == b'\n').skip(1).collect();
            let last = lines.pop().unwrap_or_default();
            let last_is_whole = line(&happening(lines.len() as u64)).unwrap() == last;
            let expected = lines.len() + usize::from(last_is_whole);
            assert_eq!(read.happenings.len(), expected, "{end}");
            assert_eq!(
                read.cut.is_some(),
                !last.is_empty() && !last_is_whole,
                "{end}"
            );
        }
    }

    #[test]
    fn damage_in_the_middle_is_said_with_its_line() {
        let mut text = recording(3);
        let third = text
            .split(|byte| *byte == b'\n')
            .take(2)
            .map(|line| line.len() + 1)
            .sum::<usize>();
        text[third] = b'x';
        assert_eq!(
            Recording::parse(&text),
            Err(BadRecording::Damaged { line: 3 })
        );
    }

    #[test]
    fn what_is_no_recording_and_what_is_of_a_newer_one_say_so() {
        for none in ["", "{}", "not json", r#"{"format":"other","version":1}"#] {
            assert_eq!(Recording::parse(none.as_bytes()), Err(BadRecording::NotOne));
        }
        let newer = br#"{"format":"twinbridge recording","version":2,"rest":"unknown"}"#;
        let error = Recording::parse(newer).unwrap_err();
        assert_eq!(error, BadRecording::Newer { version: 2 });
        assert!(
            error.to_string().contains("format 2, and up to 1"),
            "{error}"
        );
    }

    #[test]
    fn every_kind_of_value_comes_back_bit_for_bit() {
        let value = Value::Array(vec![
            Value::Undefined,
            Value::Null,
            Value::Float(f64::from_bits(0x7ff8_0000_0000_0001)),
            Value::Float(-0.0),
            Value::UInt(u64::MAX),
            Value::Bytes {
                bytes: vec![0, 255, 10].into(),
                view: View::default(),
            },
            Value::Object(Object::default()),
            Value::from("\u{2028}\n\"\0"),
        ]);
        for codec in [Codec::MessagePack, Codec::Json] {
            let payload = Payload::encode(codec, &value).unwrap();
            let text = line(&EncodedPayload::from(&payload)).unwrap();
            let read: EncodedPayload = decode(&text).unwrap();
            assert_eq!(read.decoded().unwrap(), payload);
        }
        let bad = EncodedPayload {
            codec: 1,
            value: "no base64!".into(),
            attachments: Vec::new(),
        };
        assert_eq!(bad.decoded(), None);
    }
}
