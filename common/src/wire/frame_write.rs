//! Frames to bytes: little-endian, lengths before texts, the payload last.
//!
//! Appends to a buffer that the caller reuses; [`super::frame_read`] is its mirror. Lengths that
//! a field cannot hold are cut where the text is for people and cannot occur elsewhere.

use super::{
    Payload,
    frame::{Bye, Ending, Frame, Hello, Notification, Part, Reply, Request, Welcome},
};

pub(super) const MAGIC: [u8; 4] = *b"TWBR";

/// First byte of a frame.
pub(super) mod kind {
    pub(in super::super) const HELLO: u8 = 1;
    pub(in super::super) const WELCOME: u8 = 2;
    pub(in super::super) const REQUEST: u8 = 3;
    pub(in super::super) const REPLY: u8 = 4;
    pub(in super::super) const NOTIFICATION: u8 = 5;
    pub(in super::super) const CANCEL: u8 = 6;
    pub(in super::super) const STREAM_ITEM: u8 = 7;
    pub(in super::super) const STREAM_CREDIT: u8 = 8;
    pub(in super::super) const STREAM_END: u8 = 9;
    pub(in super::super) const PART: u8 = 10;
    pub(in super::super) const BYE: u8 = 11;
    pub(in super::super) const STAMPS: u8 = 12;
}

/// First byte of an ending.
pub(super) mod ending {
    pub(in super::super) const DONE: u8 = 0;
    pub(in super::super) const FAILED: u8 = 1;
    pub(in super::super) const REFUSED: u8 = 2;
    pub(in super::super) const STREAMING: u8 = 3;
}

impl Frame {
    /// Whether frames whose first byte is `first` are items of streams.
    pub(crate) fn is_stream_item(first: u8) -> bool {
        first == kind::STREAM_ITEM
    }

    /// Appends the frame's bytes to `out`.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Hello(Hello { protocol, body }) => {
                out.push(kind::HELLO);
                out.extend_from_slice(&MAGIC);
                out.extend_from_slice(&protocol.to_le_bytes());
                json(out, body);
            }
            Self::Welcome(Welcome { protocol, body }) => {
                out.push(kind::WELCOME);
                out.extend_from_slice(&protocol.to_le_bytes());
                json(out, body);
            }
            Self::Request(request) => write_request(out, request),
            Self::Reply(Reply { call, ending }) => {
                out.push(kind::REPLY);
                u32(out, *call);
                write_ending(out, ending);
            }
            Self::Notification(Notification {
                channel,
                name,
                arguments,
            }) => {
                out.push(kind::NOTIFICATION);
                text8(out, channel.as_str());
                text8(out, name.as_str());
                payload(out, arguments);
            }
            Self::Cancel { call } => {
                out.push(kind::CANCEL);
                u32(out, *call);
            }
            Self::StreamItem { call, item } => {
                out.push(kind::STREAM_ITEM);
                u32(out, *call);
                payload(out, item);
            }
            Self::StreamCredit { call, items, bytes } => {
                out.push(kind::STREAM_CREDIT);
                u32(out, *call);
                u32(out, *items);
                u32(out, *bytes);
            }
            Self::StreamEnd { call, failure } => {
                out.push(kind::STREAM_END);
                u32(out, *call);
                if let Some(failure) = failure {
                    write_ending(out, failure);
                }
            }
            Self::Part(Part {
                message,
                total,
                piece,
            }) => {
                out.push(kind::PART);
                u32(out, *message);
                u32(out, *total);
                out.extend_from_slice(piece);
            }
            Self::Bye(Bye { code, text }) => {
                out.push(kind::BYE);
                out.push(*code as u8);
                out.extend_from_slice(text.as_bytes());
            }
            Self::Stamps { call, stamps } => {
                out.push(kind::STAMPS);
                u32(out, *call);
                for stamp in [
                    stamps.arrived_us,
                    stamps.started_us,
                    stamps.ended_us,
                    stamps.replied_us,
                ] {
                    out.extend_from_slice(&stamp.to_le_bytes());
                }
            }
        }
    }

    /// The frame's bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }
}

fn write_request(out: &mut Vec<u8>, request: &Request) {
    out.push(kind::REQUEST);
    u32(out, request.call);
    u32(out, request.deadline_ms);
    text8(out, request.channel.as_str());
    text8(out, request.method.as_str());
    out.extend_from_slice(&cut_u16(request.metadata.iter().len()).to_le_bytes());
    for (name, value) in request.metadata.iter() {
        text8(out, name);
        text16(out, value);
    }
    payload(out, &request.arguments);
}

fn write_ending(out: &mut Vec<u8>, end: &Ending) {
    match end {
        Ending::Done(result) => {
            out.push(ending::DONE);
            payload(out, result);
        }
        Ending::Failed {
            scope,
            key,
            number,
            message,
            payload: error,
        } => {
            out.push(ending::FAILED);
            text8(out, scope);
            text8(out, key);
            u32(out, *number);
            text16(out, message);
            if let Some(error) = error {
                payload(out, error);
            }
        }
        Ending::Refused {
            text,
            payload: refusal,
        } => {
            out.push(ending::REFUSED);
            text16(out, text);
            payload(out, refusal);
        }
        Ending::Streaming => out.push(ending::STREAMING),
    }
}

fn payload(out: &mut Vec<u8>, payload: &Payload) {
    out.push(payload.codec.number());
    u32(
        out,
        u32::try_from(payload.attachments.len()).unwrap_or(u32::MAX),
    );
    for attachment in &payload.attachments {
        u32(out, u32::try_from(attachment.len()).unwrap_or(u32::MAX));
    }
    for attachment in &payload.attachments {
        out.extend_from_slice(attachment);
    }
    out.extend_from_slice(&payload.bytes);
}

fn json<T: serde::Serialize>(out: &mut Vec<u8>, body: &T) {
    serde_json::to_writer(out, body).expect("handshake bodies have string keys and finite numbers");
}

fn u32(out: &mut Vec<u8>, value: u32) {
    out.extend_from_slice(&value.to_le_bytes());
}

fn text8(out: &mut Vec<u8>, text: &str) {
    let text = cut(text, usize::from(u8::MAX));
    out.push(u8::try_from(text.len()).unwrap_or(u8::MAX));
    out.extend_from_slice(text.as_bytes());
}

fn text16(out: &mut Vec<u8>, text: &str) {
    let text = cut(text, usize::from(u16::MAX));
    out.extend_from_slice(&cut_u16(text.len()).to_le_bytes());
    out.extend_from_slice(text.as_bytes());
}

fn cut_u16(len: usize) -> u16 {
    u16::try_from(len).unwrap_or(u16::MAX)
}

/// The longest start of `text` that has at most `max` bytes and ends between characters.
fn cut(text: &str, max: usize) -> &str {
    &text[..text.floor_char_boundary(max)]
}
