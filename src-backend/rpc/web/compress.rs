//! Compresses answers: Brotli or gzip, as the one who asks accepts it.
//!
//! The rule is that of iTwin's servers, so that what they compress is compressed here: the names
//! alone count, without weights, and Brotli comes first. Its quality is theirs too.

use std::io::Write as _;

use brotli::CompressorWriter;
use bytes::Bytes as Data;
use flate2::{Compression, GzBuilder, write::GzEncoder};
use http::{HeaderMap, HeaderValue, header::ACCEPT_ENCODING};

/// Brotli's quality, 0 to 11.
const QUALITY: u32 = 3;

/// Brotli's window, as a power of two, in bytes: what it remembers of a long body.
const WINDOW: u32 = 22;

/// The same for a stream, which may last for days and is compressed item by item.
const STREAM_WINDOW: u32 = 16;

/// The smallest window that Brotli has.
const MIN_WINDOW: u32 = 10;

/// What `Content-Encoding` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Brotli,
    Gzip,
}

impl Encoding {
    /// What the one who asks accepts; `None` for neither.
    ///
    /// `gzip;q=1` is not `gzip`, as for iTwin's servers, which look for the name alone.
    pub(super) fn accepted(headers: &HeaderMap) -> Option<Self> {
        let names = || {
            let lines = headers.get_all(ACCEPT_ENCODING).iter();
            lines.flat_map(|line| {
                line.as_bytes()
                    .split(|byte| *byte == b',')
                    .map(<[u8]>::trim_ascii)
            })
        };
        if names().any(|name| name == b"br") {
            Some(Self::Brotli)
        } else if names().any(|name| name == b"gzip") {
            Some(Self::Gzip)
        } else {
            None
        }
    }

    pub(super) fn header(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        })
    }
}

/// Compresses one body.
pub(super) struct Encoder(Kind);

enum Kind {
    Brotli(Box<CompressorWriter<Vec<u8>>>),
    Gzip(GzEncoder<Vec<u8>>),
}

/// A buffer in memory takes everything.
const TAKES_ALL: &str = "writing to memory does not fail";

impl Encoder {
    /// `len` is the body's length, if it is known: a short one needs little memory.
    pub(super) fn new(encoding: Encoding, len: Option<usize>) -> Self {
        Self(match encoding {
            Encoding::Brotli => {
                let window = len.map_or(STREAM_WINDOW, |len| {
                    let needed = usize::BITS - len.leading_zeros() + 1;
                    needed.clamp(MIN_WINDOW, WINDOW)
                });
                let buffer = len.map_or(4096, |len| len.clamp(16, 4096));
                let writer = CompressorWriter::new(Vec::new(), buffer, QUALITY, window);
                Kind::Brotli(Box::new(writer))
            }
            Encoding::Gzip => {
                // Byte for byte what zlib writes on Unix, as Node has it.
                let header = GzBuilder::new().operating_system(3);
                Kind::Gzip(header.write(Vec::new(), Compression::default()))
            }
        })
    }

    pub(super) fn write(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            Kind::Brotli(writer) => writer.write_all(bytes),
            Kind::Gzip(writer) => writer.write_all(bytes),
        }
        .expect(TAKES_ALL);
    }

    /// What is compressed and not given yet; there may be none.
    pub(super) fn ready(&mut self) -> Data {
        match &mut self.0 {
            Kind::Brotli(writer) => std::mem::take(writer.get_mut()),
            Kind::Gzip(writer) => std::mem::take(writer.get_mut()),
        }
        .into()
    }

    /// The same with everything written so far, so that it can be read at the other end.
    pub(super) fn flush(&mut self) -> Data {
        match &mut self.0 {
            Kind::Brotli(writer) => writer.flush(),
            Kind::Gzip(writer) => writer.flush(),
        }
        .expect(TAKES_ALL);
        self.ready()
    }

    /// The rest.
    pub(super) fn finish(self) -> Data {
        match self.0 {
            Kind::Brotli(writer) => writer.into_inner(),
            Kind::Gzip(writer) => writer.finish().expect(TAKES_ALL),
        }
        .into()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn accepted(text: &'static str) -> Option<Encoding> {
        let headers = HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(text))]);
        Encoding::accepted(&headers)
    }

    #[test]
    fn names_are_accepted_as_itwins_servers_accept_them() {
        for (text, encoding) in [
            ("br", Some(Encoding::Brotli)),
            ("gzip, deflate, br", Some(Encoding::Brotli)),
            ("gzip,deflate", Some(Encoding::Gzip)),
            (" gzip ", Some(Encoding::Gzip)),
            ("gzip;q=1", None),
            ("br;q=1, gzip", Some(Encoding::Gzip)),
            ("GZIP", None),
            ("identity", None),
            ("*", None),
        ] {
            assert_eq!(accepted(text), encoding, "{text}");
        }
        assert_eq!(Encoding::accepted(&HeaderMap::new()), None);
    }

    #[test]
    fn gzip_is_byte_for_byte_what_node_writes() {
        let mut encoder = Encoder::new(Encoding::Gzip, Some(1));
        encoder.write(b"5");
        let bytes: [u8; 21] = [
            0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0, 0x03, 0x33, 0x05, 0, 0xae, 0x2b, 0xb1, 0x84, 1, 0,
            0, 0,
        ];
        assert_eq!(*encoder.finish(), bytes);
    }

    #[test]
    fn a_stream_is_remembered_in_a_small_window() {
        let mut encoder = Encoder::new(Encoding::Brotli, None);
        encoder.write(b"item");
        // A window of 2^16 bytes is written as one bit, 0; of other sizes the first bit is 1.
        assert_eq!(encoder.flush()[0] & 1, 0);
        let mut whole = Encoder::new(Encoding::Brotli, Some(1 << 22));
        whole.write(b"item");
        assert_eq!(whole.flush()[0] & 1, 1);
    }

    #[test]
    fn bodies_of_all_lengths_come_back() {
        for encoding in [Encoding::Brotli, Encoding::Gzip] {
            for len in [0, 1, 1000, 70_000, 1_000_000] {
                let body: Vec<u8> = (0..len).map(|at: usize| (at * at / 7) as u8).collect();
                for known in [Some(len), None] {
                    let mut encoder = Encoder::new(encoding, known);
                    let mut sent = Vec::new();
                    for part in body.chunks(10_000) {
                        encoder.write(part);
                        sent.extend_from_slice(&encoder.flush());
                    }
                    sent.extend_from_slice(&encoder.finish());
                    let mut back = Vec::new();
                    match encoding {
                        Encoding::Brotli => {
                            brotli::BrotliDecompress(&mut sent.as_slice(), &mut back).unwrap();
                        }
                        Encoding::Gzip => {
                            let mut reader = flate2::read::GzDecoder::new(sent.as_slice());
                            reader.read_to_end(&mut back).unwrap();
                        }
                    }
                    assert!(back == body, "{encoding:?} {len}");
                }
            }
        }
    }
}
