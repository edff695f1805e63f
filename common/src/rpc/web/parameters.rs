//! Arguments in an address: the query of requests whose answers may be cached.
//!
//! Base64 of the arguments' JSON in Latin-1, since that is what JavaScript's `btoa` takes: one
//! byte per character, none above U+00FF. Text with others goes in a body instead.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::path::{component, decoded};

/// Longest arguments that iTwin.js puts into an address, in characters of base64.
pub const MAX_PARAMETERS: usize = 8192;

/// As Node decodes it: padded or not, and with any last bits.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The query that carries `arguments`, with its name; `None` where they must go in a body: they
/// are too long, or have characters that Latin-1 has not.
#[must_use]
pub fn write_query(arguments: &str) -> Option<String> {
    let latin1: Option<Vec<u8>> = arguments.chars().map(|c| u8::try_from(c).ok()).collect();
    let text = BASE64.encode(latin1?);
    (text.len() <= MAX_PARAMETERS).then(|| format!("parameters={}", component(&text)))
}

/// The query that carries arguments in MessagePack, with its name; `None` where they are too long.
/// Between two of ours only: in an alphabet that an address holds as it is.
#[must_use]
pub(super) fn write_packed_query(arguments: &[u8]) -> Option<String> {
    let text = URL_SAFE_NO_PAD.encode(arguments);
    (text.len() <= MAX_PARAMETERS).then(|| format!("packed={text}"))
}

/// The arguments in MessagePack in a query; `None` if it has none.
///
/// # Errors
///
/// [`BadParameters`] if they are not base64 of that alphabet.
pub(super) fn read_packed_query(query: &str) -> Result<Option<Vec<u8>>, BadParameters> {
    let Some(text) = parameter(query, "packed") else {
        return Ok(None);
    };
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| BadParameters)?;
    Ok(Some(bytes))
}

/// The arguments in a query; `None` if it has none.
///
/// # Errors
///
/// [`BadParameters`] if they are not base64.
pub fn read_query(query: &str) -> Result<Option<String>, BadParameters> {
    let Some(text) = parameter(query, "parameters") else {
        return Ok(None);
    };
    let text = decoded(&text.replace('+', " ")).ok_or(BadParameters)?;
    if text.is_empty() {
        return Ok(None);
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"=+/$".contains(&byte);
    if !text.bytes().all(allowed) {
        return Err(BadParameters);
    }
    // Decoding ends at the padding and skips what is not of the alphabet, as in Node.
    let digits = text.split('=').next().unwrap_or_default().replace('$', "");
    let bytes = BASE64.decode(digits).map_err(|_| BadParameters)?;
    Ok(Some(bytes.into_iter().map(char::from).collect()))
}

/// Base64 of UTF-8, as names of control channels are.
pub(super) fn base64(text: &str) -> String {
    BASE64.encode(text)
}

fn parameter<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    let mut pairs = query
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// The arguments in an address are not base64. The text is iTwin's.
#[cfg_attr(doc, doc = include_str!("../../../examples/web_wire.md"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Malformed URL parameters detected.")]
pub struct BadParameters;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_travel_in_an_address() {
        for (arguments, query) in [
            (r#"["k1"]"#, "parameters=WyJrMSJd"),
            ("[]", "parameters=W10%3D"),
            ("[\"h\u{e9}\u{ff}>>\"]", "parameters=WyJo6f8%2BPiJd"),
        ] {
            assert_eq!(write_query(arguments).as_deref(), Some(query));
            assert_eq!(read_query(query).unwrap().as_deref(), Some(arguments));
            let among_others = format!("a=1&{query}&b");
            assert_eq!(
                read_query(&among_others).unwrap().as_deref(),
                Some(arguments)
            );
        }
    }

    #[test]
    fn packed_arguments_travel_in_an_address() {
        assert_eq!(
            write_packed_query(&[0xfb, 0xff, 0]).as_deref(),
            Some("packed=-_8A")
        );
        assert_eq!(
            read_packed_query("a=1&packed=-_8A"),
            Ok(Some(vec![0xfb, 0xff, 0]))
        );
        assert_eq!(read_packed_query("parameters=W10"), Ok(None));
        assert_eq!(read_packed_query("packed=a+b"), Err(BadParameters));
        assert_eq!(write_packed_query(&[0; 6145]), None);
    }

    #[test]
    fn arguments_that_do_not_fit_an_address_have_no_query() {
        assert_eq!(write_query("[\"\u{100}\"]"), None);
        assert!(write_query(&"x".repeat(6144)).is_some());
        assert_eq!(write_query(&"x".repeat(6145)), None);
    }

    #[test]
    fn queries_are_read_as_node_reads_them() {
        for (query, arguments) in [
            ("", None),
            ("other=1", None),
            ("parameters=", None),
            ("parameters", None),
            ("parameters=W10", Some("[]")),
            ("parameters=W10=", Some("[]")),
            ("parameters=W1$0%3D%3D", Some("[]")),
        ] {
            assert_eq!(read_query(query).unwrap().as_deref(), arguments, "{query}");
        }
        for bad in ["W_y", "W-y", "W+y", "%FF", "W%20", "abcde", "[]"] {
            let error = read_query(&format!("parameters={bad}")).unwrap_err();
            assert_eq!(
                error.to_string(),
                "Malformed URL parameters detected.",
                "{bad}"
            );
        }
    }
}
