//! The vocabulary of special values: their names, extension numbers and marker shape.
//!
//! Plain constants and look-ups; nothing here reads or writes a payload. Both codecs and
//! [`Value`](super::Value) use it, and the shape of a JSON marker is decided here and nowhere else.

/// Reserved newtype name under which [`Bytes`](super::Bytes) passes through serde.
pub(super) const BYTES: &str = "$twinbridge::Bytes";
/// Reserved newtype name under which [`Value`](super::Value) asks for exact kinds.
pub(super) const VALUE: &str = "$twinbridge::Value";
/// Single key of the map that carries a special value from a decoder to a visitor.
///
/// It survives serde's buffering (`flatten`, `untagged`, internal tags). The NUL keeps it apart
/// from what people write; a payload that holds it as a key is refused in both directions.
pub(super) const CARRIER: &str = "\0twinbridge";
/// Only key of a JSON marker object.
pub(super) const JSON_KEY: &str = "$twinbridge";

/// A kind of value that neither codec has of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Special {
    Undefined,
    BigInt,
    View,
    Date,
    Map,
    Set,
    RegExp,
    Error,
}

impl Special {
    const ALL: [Self; 8] = [
        Self::Undefined,
        Self::BigInt,
        Self::View,
        Self::Date,
        Self::Map,
        Self::Set,
        Self::RegExp,
        Self::Error,
    ];

    /// MessagePack extension type, and the kind number inside a carrier.
    pub(super) const fn number(self) -> u8 {
        match self {
            Self::Undefined => 1,
            Self::BigInt => 2,
            Self::View => 3,
            Self::Date => 4,
            Self::Map => 5,
            Self::Set => 6,
            Self::RegExp => 7,
            Self::Error => 8,
        }
    }

    pub(super) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }

    /// Newtype name under which [`Value`](super::Value) serializes the kind.
    pub(super) const fn newtype(self) -> &'static str {
        match self {
            Self::Undefined => "$twinbridge::undefined",
            Self::BigInt => "$twinbridge::bigint",
            Self::View => "$twinbridge::view",
            Self::Date => "$twinbridge::date",
            Self::Map => "$twinbridge::map",
            Self::Set => "$twinbridge::set",
            Self::RegExp => "$twinbridge::regexp",
            Self::Error => "$twinbridge::error",
        }
    }

    pub(super) fn from_newtype(name: &str) -> Option<Self> {
        // Every newtype struct of an app passes here; one prefix check turns them away.
        Self::from_name(name.strip_prefix("$twinbridge::")?)
    }

    /// Name of the kind: in a JSON marker and in refusals.
    pub(super) fn name(self) -> &'static str {
        self.newtype()
            .strip_prefix("$twinbridge::")
            .unwrap_or_default()
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// How many values the payload has; two stand side by side in a JSON marker.
    pub(super) const fn parts(self) -> usize {
        match self {
            Self::Undefined => 0,
            Self::View | Self::RegExp => 2,
            Self::BigInt | Self::Date | Self::Map | Self::Set | Self::Error => 1,
        }
    }
}

/// What a JSON marker stands for: `{"$twinbridge":[name, …]}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum JsonMarker {
    /// `["bytes", index]`: an attachment.
    Bytes,
    /// `["number", "NaN"]`: a number that JSON text cannot hold.
    Number,
    /// `["object", {…}]`: a plain object that has the key `$twinbridge` itself.
    Object,
    Special(Special),
}

impl JsonMarker {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        match name {
            "bytes" => Some(Self::Bytes),
            "number" => Some(Self::Number),
            "object" => Some(Self::Object),
            name => Special::from_name(name).map(Self::Special),
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Number => "number",
            Self::Object => "object",
            Self::Special(kind) => kind.name(),
        }
    }
}

/// Name of a number that JSON text cannot hold, or `None` for all others.
pub(super) fn odd_number_name(number: f64) -> Option<&'static str> {
    if number.is_nan() {
        Some("NaN")
    } else if number == f64::INFINITY {
        Some("Infinity")
    } else if number == f64::NEG_INFINITY {
        Some("-Infinity")
    } else if number == 0.0 && number.is_sign_negative() {
        Some("-0")
    } else {
        None
    }
}

pub(super) fn odd_number(name: &str) -> Option<f64> {
    match name {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        "-0" => Some(-0.0),
        _ => None,
    }
}

/// Whether `digits` is a whole number in its one decimal spelling.
pub(super) fn is_big_integer(digits: &str) -> bool {
    let magnitude = digits.strip_prefix('-').unwrap_or(digits);
    match magnitude.as_bytes() {
        [] => false,
        [b'0'] => digits == "0",
        [b'0', ..] => false,
        digits => digits.iter().all(u8::is_ascii_digit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_each_of_its_names() {
        for kind in Special::ALL {
            assert_eq!(Special::from_number(kind.number()), Some(kind));
            assert_eq!(Special::from_newtype(kind.newtype()), Some(kind));
            assert_eq!(
                JsonMarker::from_name(kind.name()),
                Some(JsonMarker::Special(kind))
            );
        }
        assert_eq!(Special::from_newtype("UserId"), None);
    }

    #[test]
    fn big_integers_have_one_spelling() {
        for good in [
            "0",
            "1",
            "-1",
            "10",
            "-340282366920938463463374607431768211456",
        ] {
            assert!(is_big_integer(good), "{good}");
        }
        for bad in ["", "-", "-0", "00", "01", "+1", "1.0", "1e3", "0x1", " 1"] {
            assert!(!is_big_integer(bad), "{bad}");
        }
    }
}
