//! Bytes to frames. Every length is checked against what is there; nothing is allocated on a
//! peer's word, and nothing panics.
//!
//! Payloads and pieces are slices of the frame's own bytes, not copies.

use std::ops::Range;

use super::{
    Bytes, ChannelName, Codec, Metadata, MethodName, Payload, Stamps,
    frame::{
        Bye, ByeCode, Ending, Frame, Hello, Notification, PROTOCOL, Part, Reply, Request, Welcome,
    },
    frame_write::{MAGIC, ending, kind},
    recent::{NotAName, RecentNames},
};

/// Bytes that are no frame.
#[cfg_attr(doc, doc = include_str!("../../examples/frames.md"))]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a frame: {what} at byte {at} of {len}")]
pub struct BadFrame {
    what: &'static str,
    at: usize,
    len: usize,
}

impl Frame {
    /// Reads one frame, which must fill `bytes` exactly.
    ///
    /// # Errors
    /// [`BadFrame`] with the place where the bytes stop making sense.
    pub fn read(bytes: &Bytes) -> Result<Self, BadFrame> {
        Self::read_with(bytes, &mut RecentNames::default())
    }

    /// [`Self::read`] for a reader of many frames.
    pub(crate) fn read_with(bytes: &Bytes, names: &mut RecentNames) -> Result<Self, BadFrame> {
        let mut reader = Reader {
            bytes,
            at: 0,
            names,
        };
        let frame = reader.frame()?;
        if reader.at == bytes.len() {
            Ok(frame)
        } else {
            Err(reader.bad("surplus bytes"))
        }
    }
}

struct Reader<'a> {
    bytes: &'a Bytes,
    at: usize,
    names: &'a mut RecentNames,
}

impl Reader<'_> {
    fn frame(&mut self) -> Result<Frame, BadFrame> {
        Ok(match self.u8()? {
            kind::HELLO => {
                if self.array::<4>()? != MAGIC {
                    return Err(self.bad("no Twinbridge greeting"));
                }
                let protocol = self.u16()?;
                Frame::Hello(Hello {
                    protocol,
                    body: self.handshake(protocol)?,
                })
            }
            kind::WELCOME => {
                let protocol = self.u16()?;
                Frame::Welcome(Welcome {
                    protocol,
                    body: self.handshake(protocol)?,
                })
            }
            kind::REQUEST => Frame::Request(self.request()?),
            kind::REPLY => Frame::Reply(Reply {
                call: self.u32()?,
                ending: self.ending()?,
            }),
            kind::NOTIFICATION => Frame::Notification(Notification {
                channel: self.channel()?,
                name: self.method()?,
                arguments: self.payload()?,
            }),
            kind::CANCEL => Frame::Cancel { call: self.u32()? },
            kind::STREAM_ITEM => Frame::StreamItem {
                call: self.u32()?,
                item: self.payload()?,
            },
            kind::STREAM_CREDIT => Frame::StreamCredit {
                call: self.u32()?,
                items: self.u32()?,
                bytes: self.u32()?,
            },
            kind::STREAM_END => {
                let call = self.u32()?;
                let failure = if self.is_at_end() {
                    None
                } else {
                    Some(self.ending()?)
                };
                Frame::StreamEnd { call, failure }
            }
            kind::PART => Frame::Part(Part {
                message: self.u32()?,
                total: self.u32()?,
                piece: self.rest(),
            }),
            kind::BYE => Frame::Bye(Bye {
                code: match self.u8()? {
                    0 => ByeCode::Closed,
                    1 => ByeCode::Panicked,
                    2 => ByeCode::Protocol,
                    3 => ByeCode::Pipe,
                    _ => return Err(self.bad("unknown reason")),
                },
                text: {
                    let rest = self.bytes.len() - self.at;
                    self.text(rest)?.into()
                },
            }),
            kind::STAMPS => Frame::Stamps {
                call: self.u32()?,
                stamps: Stamps {
                    arrived_us: self.u64()?,
                    started_us: self.u64()?,
                    ended_us: self.u64()?,
                    replied_us: self.u64()?,
                },
            },
            _ => return Err(self.bad("unknown kind of frame")),
        })
    }

    fn request(&mut self) -> Result<Request, BadFrame> {
        let call = self.u32()?;
        let deadline_ms = self.u32()?;
        let channel = self.channel()?;
        let method = self.method()?;
        let mut metadata = Metadata::default();
        let count = usize::from(self.u16()?);
        // Each entry is compared with all before it, so their number must be small.
        if count > Metadata::MAX_ENTRIES {
            return Err(self.bad("more metadata than a request may have"));
        }
        for _ in 0..count {
            let len = usize::from(self.u8()?);
            let name = self.take(len)?;
            let len = usize::from(self.u16()?);
            let value = self.take(len)?;
            metadata.insert(self.text_at(name)?, self.text_at(value)?);
        }
        Ok(Request {
            call,
            deadline_ms,
            channel,
            method,
            metadata,
            arguments: self.payload()?,
        })
    }

    fn ending(&mut self) -> Result<Ending, BadFrame> {
        Ok(match self.u8()? {
            ending::DONE => Ending::Done(self.payload()?),
            ending::FAILED => {
                let len = usize::from(self.u8()?);
                let scope = self.text(len)?.into();
                let len = usize::from(self.u8()?);
                let key = self.text(len)?.into();
                let number = self.u32()?;
                let len = usize::from(self.u16()?);
                let message = self.text(len)?.into();
                let payload = if self.is_at_end() {
                    None
                } else {
                    Some(self.payload()?)
                };
                Ending::Failed {
                    scope,
                    key,
                    number,
                    message,
                    payload,
                }
            }
            ending::REFUSED => {
                let len = usize::from(self.u16()?);
                Ending::Refused {
                    text: self.text(len)?.into(),
                    payload: self.payload()?,
                }
            }
            ending::STREAMING => Ending::Streaming,
            _ => return Err(self.bad("unknown ending")),
        })
    }

    fn payload(&mut self) -> Result<Payload, BadFrame> {
        let codec = self.u8()?;
        let codec = Codec::from_number(codec).ok_or_else(|| self.bad("unknown codec"))?;
        let count = usize::try_from(self.u32()?).unwrap_or(usize::MAX);
        // Four bytes of length each must still follow, so the count cannot exceed what is there.
        if count > (self.bytes.len() - self.at) / 4 {
            return Err(self.bad("more attachments than bytes"));
        }
        let lengths = (0..count)
            .map(|_| self.u32())
            .collect::<Result<Vec<_>, _>>()?;
        let mut attachments = Vec::with_capacity(count);
        for len in lengths {
            let len = usize::try_from(len).unwrap_or(usize::MAX);
            attachments.push(self.slice(len)?);
        }
        Ok(Payload {
            codec,
            bytes: self.rest(),
            attachments,
        })
    }

    fn channel(&mut self) -> Result<ChannelName, BadFrame> {
        let range = self.name_range()?;
        let name = self.names.channels.get(&self.bytes[range]);
        name.map_err(|error| self.not_a_name(error))
    }

    fn method(&mut self) -> Result<MethodName, BadFrame> {
        let range = self.name_range()?;
        let name = self.names.methods.get(&self.bytes[range]);
        name.map_err(|error| self.not_a_name(error))
    }

    fn name_range(&mut self) -> Result<Range<usize>, BadFrame> {
        let len = usize::from(self.u8()?);
        self.take(len)
    }

    fn not_a_name(&self, error: NotAName) -> BadFrame {
        self.bad(match error {
            NotAName::Utf8 => "text that is not UTF-8",
            NotAName::Rule => "not a name",
        })
    }

    /// The JSON of a handshake. Of another protocol only the number is sure, which must be told
    /// whatever the rest is.
    fn handshake<T>(&mut self, protocol: u16) -> Result<T, BadFrame>
    where
        T: serde::de::DeserializeOwned + Default,
    {
        let body = match serde_json::from_slice(&self.bytes[self.at..]) {
            Ok(body) => body,
            Err(_) if protocol != PROTOCOL => T::default(),
            Err(_) => return Err(self.bad("not the JSON of a handshake")),
        };
        self.at = self.bytes.len();
        Ok(body)
    }

    fn is_at_end(&self) -> bool {
        self.at == self.bytes.len()
    }

    fn take(&mut self, len: usize) -> Result<Range<usize>, BadFrame> {
        let start = self.at;
        match start.checked_add(len) {
            Some(end) if end <= self.bytes.len() => {
                self.at = end;
                Ok(start..end)
            }
            _ => Err(self.bad("cut short")),
        }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], BadFrame> {
        let range = self.take(N)?;
        let mut array = [0; N];
        array.copy_from_slice(&self.bytes[range]);
        Ok(array)
    }

    fn u8(&mut self) -> Result<u8, BadFrame> {
        self.array::<1>().map(|[byte]| byte)
    }

    fn u16(&mut self) -> Result<u16, BadFrame> {
        self.array().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Result<u32, BadFrame> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, BadFrame> {
        self.array().map(u64::from_le_bytes)
    }

    fn text(&mut self, len: usize) -> Result<&str, BadFrame> {
        let range = self.take(len)?;
        self.text_at(range)
    }

    fn text_at(&self, range: Range<usize>) -> Result<&str, BadFrame> {
        std::str::from_utf8(&self.bytes[range]).map_err(|_| self.bad("text that is not UTF-8"))
    }

    fn slice(&mut self, len: usize) -> Result<Bytes, BadFrame> {
        let range = self.take(len)?;
        Ok(self.bytes.slice(range))
    }

    fn rest(&mut self) -> Bytes {
        let rest = self.bytes.slice(self.at..self.bytes.len());
        self.at = self.bytes.len();
        rest
    }

    fn bad(&self, what: &'static str) -> BadFrame {
        BadFrame {
            what,
            at: self.at,
            len: self.bytes.len(),
        }
    }
}
