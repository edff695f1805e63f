//! What comes next in the input, made fit for what is asked.
//!
//! Everything here is compiled once: the decoder has one method per shape that serde asks for, and
//! each of those is compiled for every visitor, so it only asks here and hands on the answer.

use std::borrow::Cow;

use serde::de::{Error as _, Expected, Unexpected};

use super::bracket::Bracket;
use super::{Decoder, Open, Slice, Source as _, Token};
use crate::wire::error::{DecodeProblem, unexpected};
use crate::wire::marker::{self, Special};

/// What a visitor asks for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ask {
    /// Whatever comes.
    Any,
    /// The same for a dynamic value: no kind is resolved into a nearby one.
    Exact,
    Integer,
    /// An integer beyond 64 bits: text of digits stays what it is.
    Wide,
    Single,
    Double,
    /// Text, a truth value or a name.
    Text,
    Bytes,
    Sequence,
    Mapping,
    /// What no special value can stand for.
    Other,
}

impl Token<'_> {
    /// It is of another kind than what is asked for.
    pub(super) fn unexpected(&self, expected: &dyn Expected) -> DecodeProblem {
        let found = match self {
            Self::Null => Unexpected::Unit,
            Self::Bool(value) => Unexpected::Bool(*value),
            Self::Unsigned(value) => Unexpected::Unsigned(*value),
            Self::Signed(value) => Unexpected::Signed(*value),
            Self::Single(value) => Unexpected::Float((*value).into()),
            Self::Double(value) => Unexpected::Float(*value),
            Self::Text(text) => Unexpected::Str(text),
            Self::Bytes(slice) => Unexpected::Bytes(slice.bytes),
            Self::Glued(bytes) => Unexpected::Bytes(bytes),
            Self::Sequence(_) => Unexpected::Seq,
            Self::Mapping(_) => Unexpected::Map,
            Self::Inside(bracket) if bracket.is_list() => Unexpected::Seq,
            Self::Inside(_) => Unexpected::Map,
            Self::Decimal(text) => Unexpected::Other(text),
            Self::Special(kind, _) => Unexpected::Other(kind.name()),
        };
        DecodeProblem::invalid_type(found, expected)
    }
}

impl<'de> Decoder<'de> {
    /// Reads the head of the next value; to be [settled](Self::settle) where it was read into. A
    /// token that is taken out and wrapped again is read back before its parts are written, which
    /// takes longer than all the rest.
    #[inline(never)]
    pub(super) fn head(&mut self) -> Result<Token<'de>, DecodeProblem> {
        if self.ahead.is_some() {
            return self.take_ahead();
        }
        self.source.token()
    }

    #[cold]
    fn take_ahead(&mut self) -> Result<Token<'de>, DecodeProblem> {
        self.ahead.take().ok_or(DecodeProblem::Truncated)
    }

    /// Makes the head fit for what is asked.
    pub(super) fn settle(
        &mut self,
        head: &mut Result<Token<'de>, DecodeProblem>,
        ask: Ask,
        expected: &dyn Expected,
    ) {
        let Ok(token) = head else { return };
        let settled = match (token, ask) {
            (Token::Decimal(_) | Token::Special(Special::BigInt, _), Ask::Wide) => return,
            (Token::Special(kind, open), _) => {
                let (kind, open) = (*kind, *open);
                self.special(kind, open, ask, expected)
            }
            (Token::Decimal(text), _) => decimal(text, ask),
            // JavaScript rounds to -0, which is an integer there.
            (Token::Double(0.0) | Token::Single(0.0), Ask::Integer) => Ok(Token::Unsigned(0)),
            // serde's visitor of text would take bytes that happen to be UTF-8.
            (Token::Bytes(_) | Token::Glued(_), Ask::Text) => Err(unexpected("bytes", expected)),
            (Token::Sequence(_) | Token::Mapping(_), _) => match self.enter() {
                Ok(()) => return,
                Err(problem) => Err(problem),
            },
            _ => return,
        };
        *head = settled;
    }

    /// A special value, as the kind that is asked for.
    fn special(
        &mut self,
        kind: Special,
        open: Open,
        ask: Ask,
        expected: &dyn Expected,
    ) -> Result<Token<'de>, DecodeProblem> {
        match (kind, ask) {
            (_, Ask::Any | Ask::Exact) => self.carried(kind, open, ask),
            (Special::BigInt, Ask::Integer) => {
                let digits = self.digits(&open)?;
                if let Ok(value) = digits.parse() {
                    Ok(Token::Unsigned(value))
                } else if let Ok(value) = digits.parse() {
                    Ok(Token::Signed(value))
                } else {
                    Err(DecodeProblem::invalid_value(
                        Unexpected::Other(&digits),
                        expected,
                    ))
                }
            }
            (Special::Date, Ask::Integer) => {
                let milliseconds = self.milliseconds(&open)?;
                let whole = milliseconds as i64;
                if whole as f64 == milliseconds {
                    Ok(Token::Signed(whole))
                } else {
                    Ok(Token::Double(milliseconds))
                }
            }
            (Special::Date, Ask::Single | Ask::Double) => {
                self.milliseconds(&open).map(Token::Double)
            }
            (Special::View, Ask::Bytes) => self.view(&open).map(Token::Bytes),
            (Special::Set, Ask::Sequence) => {
                self.enter()?;
                self.source.part(Special::Set, 0)?;
                let Token::Sequence(elements) = self.source.token()? else {
                    return Err(DecodeProblem::Malformed {
                        reason: "a set is not a sequence",
                    });
                };
                self.enter()?;
                Ok(Token::Inside(Bracket::elements(elements, open)))
            }
            (Special::Map | Special::Error, Ask::Mapping) => {
                self.enter()?;
                self.source.part(kind, 0)?;
                let bracket = match (kind, self.source.token()?) {
                    (Special::Error, Token::Mapping(entries)) => Bracket::entries(entries, open),
                    (Special::Map, Token::Sequence(pairs)) => Bracket::pairs(pairs, open),
                    _ => {
                        return Err(DecodeProblem::Malformed {
                            reason: "no entries in a marker",
                        });
                    }
                };
                self.enter()?;
                Ok(Token::Inside(bracket))
            }
            _ => Err(unexpected(kind.name(), expected)),
        }
    }

    /// A special value for a visitor that takes anything. `Ask::Exact` keeps kinds apart that are
    /// better resolved where a typed value may wait behind serde's buffering.
    fn carried(
        &mut self,
        kind: Special,
        open: Open,
        ask: Ask,
    ) -> Result<Token<'de>, DecodeProblem> {
        let exact = matches!(ask, Ask::Exact);
        match kind {
            Special::Undefined if !exact => {
                self.source.end_special(&open)?;
                Ok(Token::Null)
            }
            Special::BigInt => {
                let digits = self.digits(&open)?;
                match (exact, digits.parse::<i64>(), digits.parse::<u64>()) {
                    (false, Ok(value), _) => Ok(Token::Signed(value)),
                    (false, _, Ok(value)) => Ok(Token::Unsigned(value)),
                    _ => {
                        self.enter()?;
                        Ok(Token::Inside(Bracket::big_integer(digits)))
                    }
                }
            }
            kind => {
                self.enter()?;
                Ok(Token::Inside(Bracket::carrier(kind, open)))
            }
        }
    }

    /// The payload of a big integer, to its end.
    pub(super) fn digits(&mut self, open: &Open) -> Result<Cow<'de, str>, DecodeProblem> {
        self.source.part(Special::BigInt, 0)?;
        let Token::Text(digits) = self.source.token()? else {
            return Err(DecodeProblem::Malformed {
                reason: "a big integer is not text",
            });
        };
        if !marker::is_big_integer(&digits) {
            return Err(DecodeProblem::Malformed {
                reason: "a big integer is not decimal",
            });
        }
        self.source.end_special(open)?;
        Ok(digits)
    }

    /// The milliseconds of a date, to its end.
    fn milliseconds(&mut self, open: &Open) -> Result<f64, DecodeProblem> {
        self.source.part(Special::Date, 0)?;
        let milliseconds = serde::Deserialize::deserialize(&mut *self)?;
        self.source.end_special(open)?;
        Ok(milliseconds)
    }

    /// The bytes of a view, whatever JavaScript held them as.
    fn view(&mut self, open: &Open) -> Result<Slice<'de>, DecodeProblem> {
        self.source.part(Special::View, 0)?;
        if !matches!(self.source.token()?, Token::Text(_)) {
            return Err(DecodeProblem::Malformed {
                reason: "a view's kind is not text",
            });
        }
        self.source.part(Special::View, 1)?;
        let slice = self.source.view_bytes()?;
        self.source.end_special(open)?;
        Ok(slice)
    }
}

/// Parses the text of a JSON number that is no 64-bit integer.
fn decimal<'de>(text: &str, ask: Ask) -> Result<Token<'de>, DecodeProblem> {
    // Straight to the type: over f64 a decimal could be rounded twice.
    let number = if matches!(ask, Ask::Single) {
        let value = text.parse().ok().filter(|value: &f32| value.is_finite());
        value.map(Token::Single)
    } else {
        let value = text.parse().ok().filter(|value: &f64| value.is_finite());
        value.map(Token::Double)
    };
    number.ok_or(DecodeProblem::Malformed {
        reason: "number out of range",
    })
}
