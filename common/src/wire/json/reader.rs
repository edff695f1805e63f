//! Reads JSON, its markers and its attachments.
//!
//! One pass over the text, nothing captured and read again: where an object starts it looks for
//! the marker's key. A marker's key spelled with escapes, or not first, is a key like any other.
//! Longer than most files: two dialects of one grammar.

use std::borrow::Cow;

use super::string;
use super::{Dialect, itwin};
use crate::wire::edge::{Open, Slice, Source, Token};
use crate::wire::error::DecodeProblem;
use crate::wire::marker::{CARRIER, JsonMarker, Special, odd_number};
use crate::wire::{Bytes, Payload};

/// A position in JSON text.
#[derive(Clone, Debug)]
pub(in crate::wire) struct Reader<'de> {
    text: &'de str,
    position: usize,
    attachments: &'de [Bytes],
    dialect: Dialect,
    /// Bytes of attachments that may still be glued together.
    glue: usize,
}

impl<'de> Reader<'de> {
    pub(in crate::wire) fn new(payload: &'de Payload) -> Result<Self, DecodeProblem> {
        let attachments = &payload.attachments;
        match std::str::from_utf8(&payload.bytes) {
            Ok(text) => Ok(Self {
                text,
                position: 0,
                attachments,
                dialect: payload.codec.dialect(),
                glue: attachments.iter().map(|bytes| bytes.len()).sum(),
            }),
            Err(_) => Err(DecodeProblem::Malformed {
                reason: "text is not UTF-8",
            }),
        }
    }

    /// The next byte that is no white space.
    fn peek(&mut self) -> Option<u8> {
        let rest = &self.text.as_bytes()[self.position..];
        let spaces = rest
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\n' | b'\r' | b'\t'));
        self.position += spaces.count();
        self.text.as_bytes().get(self.position).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let taken = self.peek() == Some(byte);
        self.position += usize::from(taken);
        taken
    }

    fn expect(&mut self, byte: u8, reason: &'static str) -> Result<(), DecodeProblem> {
        if self.take(byte) {
            return Ok(());
        }
        Err(self.unexpected(reason))
    }

    fn unexpected(&mut self, reason: &'static str) -> DecodeProblem {
        match self.peek() {
            None => DecodeProblem::Truncated,
            Some(_) => DecodeProblem::Malformed { reason },
        }
    }

    fn word(&mut self, word: &str, token: Token<'de>) -> Result<Token<'de>, DecodeProblem> {
        let rest = &self.text.as_bytes()[self.position..];
        if rest.starts_with(word.as_bytes()) {
            self.position += word.len();
            return Ok(token);
        }
        if word.as_bytes().starts_with(rest) {
            return Err(DecodeProblem::Truncated);
        }
        Err(DecodeProblem::Malformed {
            reason: "not a value",
        })
    }

    /// Reads text whose opening quote comes next.
    fn string(&mut self, reason: &'static str) -> Result<Cow<'de, str>, DecodeProblem> {
        self.expect(b'"', reason)?;
        let (text, len) = string::read(&self.text[self.position..])?;
        self.position += len;
        Ok(text)
    }

    fn number(&mut self) -> Result<Token<'de>, DecodeProblem> {
        let text = number_text(&self.text[self.position..])?;
        self.position += text.len();
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(text.parse().map_or(Token::Decimal(text), Token::Unsigned));
        }
        match text.parse() {
            // The integer 0 has no sign, the double has.
            Ok(0) => Ok(Token::Double(-0.0)),
            Ok(value) => Ok(Token::Signed(value)),
            Err(_) => Ok(Token::Decimal(text)),
        }
    }

    /// Reads `{"$twinbridge":["kind"` if it comes next.
    fn marker(&mut self) -> Result<Option<JsonMarker>, DecodeProblem> {
        if self.dialect == Dialect::ITwin {
            return Ok(None);
        }
        let start = self.position;
        let key = br#""$twinbridge""#;
        if !self.take(b'{')
            || self.peek() != Some(b'"')
            || !self.text.as_bytes()[self.position..].starts_with(key)
        {
            self.position = start;
            return Ok(None);
        }
        self.position += key.len();
        self.expect(b':', "no colon after a key")?;
        self.expect(b'[', "a marker is not an array")?;
        let name = self.string("a marker has no kind")?;
        let marker = JsonMarker::from_name(&name);
        marker.map(Some).ok_or(DecodeProblem::Malformed {
            reason: "a marker of unknown kind",
        })
    }

    fn end_marker(&mut self) -> Result<(), DecodeProblem> {
        self.expect(b']', "a marker has too many parts")?;
        self.expect(b'}', "a marker has a second key")
    }

    fn comma(&mut self) -> Result<(), DecodeProblem> {
        self.expect(b',', "a marker has too few parts")
    }

    fn attachment(&mut self) -> Result<Slice<'de>, DecodeProblem> {
        self.peek();
        let Token::Unsigned(index) = self.number()? else {
            return Err(DecodeProblem::Malformed {
                reason: "an attachment is not a number",
            });
        };
        self.attached(index)
    }

    fn attached(&self, index: u64) -> Result<Slice<'de>, DecodeProblem> {
        let found = usize::try_from(index)
            .ok()
            .and_then(|index| self.attachments.get(index));
        let count = self.attachments.len();
        let bytes = found.ok_or(DecodeProblem::NoAttachment { index, count })?;
        Ok(Slice {
            bytes,
            handle: Some(bytes.clone()),
        })
    }

    /// Reads iTwin's marker if it comes next.
    fn itwin_marker(&mut self) -> Result<Option<Token<'de>>, DecodeProblem> {
        let rest = &self.text[self.position..];
        let Some((marker, len)) = itwin::Marker::read(rest) else {
            return Ok(None);
        };
        self.position += len;
        match marker.chunks {
            0 => Ok(Some(Token::Glued(Bytes::new()))),
            1 => self.attached(marker.index).map(Token::Bytes).map(Some),
            _ => self.glued(&marker).map(Token::Glued).map(Some),
        }
    }

    fn glued(&mut self, marker: &itwin::Marker) -> Result<Bytes, DecodeProblem> {
        let count = self.attachments.len();
        let last = marker.index.saturating_add(marker.chunks) - 1;
        if last >= count as u64 {
            return Err(DecodeProblem::NoAttachment { index: last, count });
        }
        let (first, last) = (marker.index as usize, last as usize);
        let pieces = &self.attachments[first..=last];
        let len: usize = pieces.iter().map(|bytes| bytes.len()).sum();
        if marker.size.is_some_and(|size| size != len as u64) {
            return Err(DecodeProblem::Malformed {
                reason: "the pieces of binary data do not add up to its size",
            });
        }
        // Without this a short text that names the same pieces often would fill the memory.
        self.glue = self.glue.checked_sub(len).ok_or(DecodeProblem::Malformed {
            reason: "pieces of binary data are named more than once",
        })?;
        let mut whole = Vec::with_capacity(len);
        for piece in pieces {
            whole.extend_from_slice(piece);
        }
        Ok(whole.into())
    }

    /// iTwin's `undefined`, which is no text at all.
    fn is_undefined(&self) -> bool {
        self.text.is_empty() && self.dialect == Dialect::ITwin
    }

    fn object(&mut self) -> Result<Token<'de>, DecodeProblem> {
        if self.dialect == Dialect::ITwin
            && let Some(bytes) = self.itwin_marker()?
        {
            return Ok(bytes);
        }
        let token = match self.marker()? {
            None => {
                self.expect(b'{', "not a value")?;
                return Ok(Token::Mapping(opened(b'}')));
            }
            Some(JsonMarker::Special(kind)) => return Ok(Token::Special(kind, Open::default())),
            Some(JsonMarker::Object) => {
                self.comma()?;
                self.expect(b'{', "an escaped object is none")?;
                return Ok(Token::Mapping(Open {
                    escaped: true,
                    ..opened(b'}')
                }));
            }
            Some(JsonMarker::Bytes) => {
                self.comma()?;
                Token::Bytes(self.attachment()?)
            }
            Some(JsonMarker::Number) => {
                self.comma()?;
                let name = self.string("a marked number is not text")?;
                let reason = "a marked number of unknown name";
                Token::Double(odd_number(&name).ok_or(DecodeProblem::Malformed { reason })?)
            }
        };
        self.end_marker()?;
        Ok(token)
    }
}

fn opened(closing: u8) -> Open {
    Open {
        first: true,
        closing,
        ..Open::default()
    }
}

/// The number at the start of `rest`, as JSON spells numbers.
fn number_text(rest: &str) -> Result<&str, DecodeProblem> {
    const NONE: DecodeProblem = DecodeProblem::Malformed {
        reason: "not a number",
    };
    let bytes = rest.as_bytes();
    let digits = |from: usize| {
        bytes[from..]
            .iter()
            .take_while(|b| b.is_ascii_digit())
            .count()
    };
    let mut at = usize::from(bytes.first() == Some(&b'-'));
    let whole = digits(at);
    if whole == 0 || (whole > 1 && bytes[at] == b'0') {
        return Err(NONE);
    }
    at += whole;
    if bytes.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        if fraction == 0 {
            return Err(NONE);
        }
        at += 1 + fraction;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        at += 1;
        at += usize::from(matches!(bytes.get(at), Some(b'+' | b'-')));
        let exponent = digits(at);
        if exponent == 0 {
            return Err(NONE);
        }
        at += exponent;
    }
    Ok(&rest[..at])
}

impl<'de> Source<'de> for Reader<'de> {
    fn position(&self) -> usize {
        self.position
    }

    fn finish(&mut self) -> Result<(), DecodeProblem> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(DecodeProblem::Trailing {
                len: self.text.len() - self.position,
            }),
        }
    }

    fn array(&mut self) -> Result<Option<Open>, DecodeProblem> {
        Ok(self.take(b'[').then(|| opened(b']')))
    }

    fn token(&mut self) -> Result<Token<'de>, DecodeProblem> {
        match self.peek() {
            None if self.is_undefined() => Ok(Token::Special(Special::Undefined, Open::default())),
            None => Err(DecodeProblem::Truncated),
            Some(b'n') => self.word("null", Token::Null),
            Some(b't') => self.word("true", Token::Bool(true)),
            Some(b'f') => self.word("false", Token::Bool(false)),
            Some(b'"') => self.string("not text").map(Token::Text),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'[') => {
                self.position += 1;
                Ok(Token::Sequence(opened(b']')))
            }
            Some(b'{') => self.object(),
            Some(_) => Err(DecodeProblem::Malformed {
                reason: "not a value",
            }),
        }
    }

    fn take_absent(&mut self) -> Result<bool, DecodeProblem> {
        let start = self.position;
        match self.peek() {
            None => return Ok(self.is_undefined()),
            Some(b'n') => return self.word("null", Token::Null).map(|_| true),
            Some(b'{') => {
                if self.marker()? == Some(JsonMarker::Special(Special::Undefined)) {
                    self.end_marker()?;
                    return Ok(true);
                }
                self.position = start;
            }
            _ => {}
        }
        Ok(false)
    }

    fn more(&mut self, open: &mut Open) -> Result<bool, DecodeProblem> {
        if self.take(open.closing) {
            open.closed = true;
            if open.escaped {
                self.end_marker()?;
            }
            return Ok(false);
        }
        if !open.first {
            self.expect(b',', "no comma between two elements")?;
        }
        open.first = false;
        if self.peek() == Some(open.closing) {
            return Err(DecodeProblem::Malformed {
                reason: "a comma after the last element",
            });
        }
        Ok(true)
    }

    fn len(&self, _open: &Open) -> Option<usize> {
        None
    }

    fn key(&mut self) -> Result<Option<Cow<'de, str>>, DecodeProblem> {
        let key = self.string("a key is not text")?;
        if key == CARRIER {
            return Err(DecodeProblem::Malformed {
                reason: "a reserved key",
            });
        }
        self.expect(b':', "no colon after a key")?;
        Ok(Some(key))
    }

    fn part(&mut self, _kind: Special, _index: usize) -> Result<(), DecodeProblem> {
        self.comma()
    }

    fn view_bytes(&mut self) -> Result<Slice<'de>, DecodeProblem> {
        self.attachment()
    }

    fn end_special(&mut self, _open: &Open) -> Result<(), DecodeProblem> {
        if self.is_undefined() {
            return Ok(());
        }
        self.end_marker()
    }
}
