//! iTwin's marker for bytes: `{"isBinary":true,"index":0,"size":3,"chunks":1}`.
//!
//! iTwin.js takes every object with a truthy `isBinary` for one, and destroys those of an app.
//! Here an object is a marker only if it has exactly the four members, `isBinary` first, as
//! every iTwin.js since 1.0 writes them; all others arrive as they are.

/// What a marker says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Marker {
    /// The first attachment.
    pub(super) index: u64,
    /// Bytes in all; `None` for -1, by which iTwin.js says that it does not know.
    pub(super) size: Option<u64>,
    /// How many attachments, one after another, make up the data.
    pub(super) chunks: u64,
}

impl Marker {
    /// The marker at the start of `rest`, and its length; `None` for all other text.
    pub(super) fn read(rest: &str) -> Option<(Self, usize)> {
        let mut text = Text { rest };
        text.take("{")?;
        text.take("\"isBinary\"")?;
        text.take(":")?;
        text.take("true")?;
        let (mut index, mut size, mut chunks) = (None, None, None);
        for _ in 0..3 {
            text.take(",")?;
            if text.take("\"index\"").is_some() {
                text.take(":")?;
                index = Some(text.number()?);
            } else if text.take("\"size\"").is_some() {
                text.take(":")?;
                size = Some(match text.take("-1") {
                    Some(()) => None,
                    None => Some(text.number()?),
                });
            } else {
                text.take("\"chunks\"")?;
                text.take(":")?;
                chunks = Some(text.number()?);
            }
        }
        text.take("}")?;
        let marker = Self {
            index: index?,
            size: size?,
            chunks: chunks?,
        };
        Some((marker, rest.len() - text.rest.len()))
    }

    /// The marker of attachment `index`.
    pub(super) fn write(out: &mut Vec<u8>, index: usize, size: usize) {
        let text = format!(r#"{{"isBinary":true,"index":{index},"size":{size},"chunks":1}}"#);
        out.extend_from_slice(text.as_bytes());
    }
}

struct Text<'a> {
    rest: &'a str,
}

impl Text<'_> {
    fn take(&mut self, token: &str) -> Option<()> {
        let rest = self.rest.trim_start_matches([' ', '\n', '\r', '\t']);
        self.rest = rest.strip_prefix(token)?;
        Some(())
    }

    fn number(&mut self) -> Option<u64> {
        let rest = self.rest.trim_start_matches([' ', '\n', '\r', '\t']);
        let end = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        let number = rest[..end].parse().ok()?;
        self.rest = &rest[end..];
        Some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_exactly_its_four_members() {
        for (text, index, size, chunks) in [
            (
                r#"{"isBinary":true,"index":0,"size":3,"chunks":1}"#,
                0,
                Some(3),
                1,
            ),
            (
                r#"{"isBinary":true,"index":2,"size":-1,"chunks":1}"#,
                2,
                None,
                1,
            ),
            (
                r#"{ "isBinary" : true , "chunks" : 3 , "size" : 10 , "index" : 1 }"#,
                1,
                Some(10),
                3,
            ),
        ] {
            let marker = Marker {
                index,
                size,
                chunks,
            };
            assert_eq!(Marker::read(text), Some((marker, text.len())), "{text}");
            let in_a_list = format!("{text},5]");
            assert_eq!(Marker::read(&in_a_list), Some((marker, text.len())));
        }
    }

    #[test]
    fn objects_of_an_app_are_no_markers() {
        for text in [
            "{}",
            r#"{"isBinary":false,"index":0,"size":3,"chunks":1}"#,
            r#"{"isBinary":true}"#,
            r#"{"isBinary":true,"name":"photo.jpg"}"#,
            r#"{"isBinary":true,"index":0,"size":3}"#,
            r#"{"isBinary":true,"index":0,"size":3,"chunks":1,"name":"x"}"#,
            r#"{"isBinary":true,"index":0,"index":0,"index":0}"#,
            r#"{"isBinary":true,"index":"0","size":3,"chunks":1}"#,
            r#"{"isBinary":true,"index":-2,"size":3,"chunks":1}"#,
            r#"{"isBinary":true,"index":1.5,"size":3,"chunks":1}"#,
            r#"{"isBinary":true,"index":99999999999999999999,"size":3,"chunks":1}"#,
            r#"{"name":"x","isBinary":true,"index":0,"size":3,"chunks":1}"#,
        ] {
            assert_eq!(Marker::read(text), None, "{text}");
        }
    }
}
