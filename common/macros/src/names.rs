//! Names: what a Rust name is called on the wire, and which texts may be names, versions and keys.
//!
//! Plain functions over text, without tokens. The rules for names repeat those of
//! `twinbridge_common::wire`, so that a bad one is shown where it stands in the contract.

/// Longest name on the wire, in bytes.
const MAX_LEN: usize = 128;

/// `count_all` is `countAll` on the wire.
pub(crate) fn lower_camel(rust_name: &str) -> String {
    let mut wire = String::with_capacity(rust_name.len());
    for word in rust_name.split('_').filter(|word| !word.is_empty()) {
        if wire.is_empty() {
            wire.push_str(word);
        } else {
            let mut letters = word.chars();
            wire.extend(letters.next().into_iter().flat_map(char::to_uppercase));
            wire.push_str(letters.as_str());
        }
    }
    wire
}

/// `NotFound` is the key `notFound`, as with serde's `rename_all = "camelCase"`.
pub(crate) fn lower_first(type_name: &str) -> String {
    let mut letters = type_name.chars();
    letters
        .next()
        .into_iter()
        .flat_map(char::to_lowercase)
        .chain(letters)
        .collect()
}

/// Whether `text` can name a channel, a method, an error's scope or its key.
pub(crate) fn is_wire_name(text: &str) -> bool {
    (1..=MAX_LEN).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Longest name of an RPC interface or an operation, in bytes: its channel has a prefix.
const MAX_RPC_LEN: usize = 120;

/// Whether `text` can name an RPC interface or an operation.
pub(crate) fn is_rpc_name(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_.$".contains(&byte);
    (1..=MAX_RPC_LEN).contains(&text.len()) && text.bytes().all(fits)
}

/// The number that a fingerprint's 16 hexadecimal digits are.
pub(crate) fn fingerprint(text: &str) -> Option<u64> {
    let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if text.len() != 16 || !text.bytes().all(digit) {
        return None;
    }
    u64::from_str_radix(text, 16).ok()
}

/// Whether `text` is a version by the rules of semver.org: `1.0.0`, `2.1.0-beta.1+linux`.
pub(crate) fn is_version(text: &str) -> bool {
    let (text, build) = split(text, '+');
    let (core, pre) = split(text, '-');
    let numbers: Vec<_> = core.split('.').collect();
    numbers.len() == 3
        && numbers.into_iter().all(is_version_number)
        && build.is_none_or(|build| build.split('.').all(is_identifier))
        && pre.is_none_or(|pre| {
            pre.split('.').all(|part| {
                let digits = part.bytes().all(|byte| byte.is_ascii_digit());
                is_identifier(part) && (!digits || is_version_number(part))
            })
        })
}

fn split(text: &str, at: char) -> (&str, Option<&str>) {
    text.split_once(at)
        .map_or((text, None), |(before, after)| (before, Some(after)))
}

fn is_version_number(part: &str) -> bool {
    !part.is_empty()
        && part.bytes().all(|byte| byte.is_ascii_digit())
        && (part == "0" || !part.starts_with('0'))
}

fn is_identifier(part: &str) -> bool {
    !part.is_empty()
        && part
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wire_names_of_rust_names() {
        for (rust, wire) in [
            ("read", "read"),
            ("get_version", "getVersion"),
            ("read_2_lines", "read2Lines"),
            ("already_camelCase", "alreadyCamelCase"),
            ("_hidden_one", "hiddenOne"),
            ("a__b", "aB"),
            ("_", ""),
        ] {
            assert_eq!(lower_camel(rust), wire);
        }
    }

    #[test]
    fn keys_of_variant_names() {
        for (variant, key) in [("NotFound", "notFound"), ("IOError", "iOError"), ("A", "a")] {
            assert_eq!(lower_first(variant), key);
        }
    }

    #[test]
    fn names_are_visible_ascii() {
        for good in ["a", "notes", "itwinjs-core/ipc-app", "txns/0x1:7"] {
            assert!(is_wire_name(good), "{good}");
        }
        for bad in ["", "a b", "a\n", "é", &"x".repeat(129)] {
            assert!(!is_wire_name(bad), "{bad}");
        }
    }

    #[test]
    fn rpc_names_stand_in_a_url_unquoted() {
        for good in ["a", "ProbeRpc", "IModelReadRpcInterface", "my.Rpc_2$"] {
            assert!(is_rpc_name(good), "{good}");
        }
        for bad in ["", "a-b", "a/b", "a b", "a:b", "a%b", "é", &"x".repeat(121)] {
            assert!(!is_rpc_name(bad), "{bad}");
        }
    }

    #[test]
    fn versions() {
        for good in [
            "1.0.0",
            "0.0.0",
            "10.20.30",
            "1.0.0-alpha.1",
            "1.0.0-0a",
            "1.0.0+b-7.01",
        ] {
            assert!(is_version(good), "{good}");
        }
        for bad in [
            "",
            "1",
            "1.0",
            "1.0.0.0",
            "01.0.0",
            "1.0.0-",
            "1.0.0+",
            "1.0.0-01",
            "v1.0.0",
            "1.0.x",
            "1.0.0-a..b",
            "1.0.0 ",
            "1.0.0-é",
        ] {
            assert!(!is_version(bad), "{bad}");
        }
    }
}
