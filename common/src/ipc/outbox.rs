//! What a session has still to send, in the order it may leave.
//!
//! Plain data. Small frames leave first in, first out, so that one-way messages, cancels and
//! small replies keep their order. A large call, reply or item leaves in pieces between them, in
//! turns with the other large ones, but no piece overtakes a small frame that was queued before.
//! Of the frames, only those of calls are ever large; a large one-way message would lose its
//! place.

use std::collections::VecDeque;

use crate::wire::{Bytes, Frame, Part, push_frame};

/// A request, reply or stream item longer than this leaves in pieces of this length.
const PIECE: usize = 128 * 1024;

/// Least frame that a peer must take: a piece with its header.
pub(crate) const LEAST_FRAME_BYTES: u32 = PIECE as u32 + 16;

/// Small frames that may leave between two pieces of large ones, in bytes.
const SMALL_TURN: usize = 64 * 1024;

/// Room for everything in a frame but its payload, in the usual case.
const HEADER: usize = 64;

/// Queue of outgoing frames.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    /// Small frames, each behind its length, from `small_start`.
    small: Vec<u8>,
    small_start: usize,
    /// Small frames queued and sent since the beginning; their difference waits.
    small_queued: u64,
    small_sent: u64,
    large: VecDeque<Large>,
    large_bytes: usize,
    next_message: u32,
}

#[derive(Debug)]
struct Large {
    message: u32,
    /// The own call that this frame asks for; `None` for a reply.
    call: Option<u32>,
    frame: Bytes,
    sent: usize,
    /// How many small frames were queued before it, which must leave first.
    behind: u64,
}

/// What became of a request that its caller gave up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Withdrawn {
    /// It never leaves, so the other side need not hear of it.
    Unsent,
    /// It left, or waits in line as a small frame: a cancel must follow it.
    Sent,
}

impl Outbox {
    /// Bytes that wait.
    pub(crate) fn len(&self) -> usize {
        self.small.len() - self.small_start + self.large_bytes
    }

    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Queues a frame. `call` is the own call it asks for, if it is a request.
    pub(crate) fn push(&mut self, frame: &Frame, call: Option<u32>) {
        let start = self.small.len();
        // Most frames are their payload and a header of at most this; growing step by step
        // would copy each of them several times.
        self.small.reserve(frame.payload_len() + HEADER);
        push_frame(&mut self.small, |out| frame.write(out));
        let may_split = matches!(
            frame,
            Frame::Request(_) | Frame::Reply(_) | Frame::StreamItem { .. }
        );
        if !may_split || self.small.len() - start - 4 <= PIECE {
            self.small_queued += 1;
            return;
        }
        let frame = Bytes::from(self.small.split_off(start).split_off(4));
        self.large_bytes += frame.len();
        let message = self.next_message;
        self.next_message = self.next_message.wrapping_add(1);
        let behind = self.small_queued;
        self.large.push_back(Large {
            message,
            call,
            frame,
            sent: 0,
            behind,
        });
    }

    /// Takes back the request of `call` where it is still here.
    pub(crate) fn withdraw(&mut self, call: u32) -> Withdrawn {
        let Some(at) = self.large.iter().position(|large| large.call == Some(call)) else {
            return Withdrawn::Sent;
        };
        if let Some(large) = self.large.remove(at) {
            self.large_bytes -= large.frame.len() - large.sent;
            if large.sent > 0 {
                let rest_is_lost = Part {
                    message: large.message,
                    total: 0,
                    piece: Bytes::default(),
                };
                self.push(&Frame::Part(rest_is_lost), None);
            }
        }
        Withdrawn::Unsent
    }

    /// Takes up to about `budget` bytes of frames, each behind its length. At least one frame
    /// leaves where one waits, whatever the budget.
    pub(crate) fn take(&mut self, budget: usize) -> Vec<u8> {
        if self.large.is_empty() && self.small.len() - self.small_start <= budget {
            return self.take_all_small();
        }
        let mut out = Vec::new();
        while out.len() < budget || out.is_empty() {
            let before = out.len();
            self.take_small(&mut out, budget.min(before.saturating_add(SMALL_TURN)));
            self.take_piece(&mut out);
            if out.len() == before {
                break;
            }
        }
        out
    }

    /// Forgets everything that waits.
    pub(crate) fn clear(&mut self) {
        *self = Self {
            next_message: self.next_message,
            ..Self::default()
        };
    }

    fn take_all_small(&mut self) -> Vec<u8> {
        self.small_sent = self.small_queued;
        let mut small = std::mem::take(&mut self.small);
        small.drain(..self.small_start);
        self.small_start = 0;
        small
    }

    fn take_small(&mut self, out: &mut Vec<u8>, until: usize) {
        while self.small_start < self.small.len() && (out.len() < until || out.is_empty()) {
            let rest = &self.small[self.small_start..];
            let len = rest
                .first_chunk()
                .map_or(rest.len(), |len| 4 + u32::from_le_bytes(*len) as usize)
                .min(rest.len());
            out.extend_from_slice(&rest[..len]);
            self.small_start += len;
            self.small_sent += 1;
        }
        if self.small_start == self.small.len() {
            self.small.clear();
            self.small_start = 0;
        } else if self.small_start > self.small.len() / 2 {
            // Moves each byte at most once per halving, so sending stays linear.
            self.small.drain(..self.small_start);
            self.small_start = 0;
        }
    }

    fn take_piece(&mut self, out: &mut Vec<u8>) {
        let sent = self.small_sent;
        let Some(at) = self.large.iter().position(|large| large.behind <= sent) else {
            return;
        };
        let Some(mut large) = self.large.remove(at) else {
            return;
        };
        let end = large.frame.len().min(large.sent + PIECE);
        let piece = Part {
            message: large.message,
            total: u32::try_from(large.frame.len()).unwrap_or(u32::MAX),
            piece: large.frame.slice(large.sent..end),
        };
        push_frame(out, |out| Frame::Part(piece).write(out));
        self.large_bytes -= end - large.sent;
        large.sent = end;
        if large.sent < large.frame.len() {
            self.large.push_back(large);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Codec, Ending, Notification, Payload, Reply, frames};

    fn note(number: u32) -> Frame {
        Frame::Notification(Notification {
            channel: crate::wire::ChannelName::literal("notes"),
            name: format!("n{number}").parse().unwrap(),
            arguments: Payload::encode(Codec::MessagePack, &[0_u8; 0]).unwrap(),
        })
    }

    fn large(call: u32, len: usize) -> Frame {
        let result = Payload::encode(Codec::MessagePack, &Bytes::from(vec![7; len])).unwrap();
        Frame::Reply(Reply {
            call,
            ending: Ending::Done(result),
        })
    }

    fn taken(outbox: &mut Outbox, budget: usize) -> Vec<Frame> {
        let bytes = Bytes::from(outbox.take(budget));
        frames(&bytes)
            .map(|frame| Frame::read(&frame.unwrap()).unwrap())
            .collect()
    }

    #[test]
    fn small_frames_leave_in_the_order_they_came() {
        let mut outbox = Outbox::default();
        for number in 0..10 {
            outbox.push(&note(number), None);
        }
        let mut all = taken(&mut outbox, 40);
        assert!(all.len() < 10);
        all.extend(taken(&mut outbox, usize::MAX));
        assert_eq!(all, (0..10).map(note).collect::<Vec<_>>());
        assert!(outbox.is_empty());
    }

    #[test]
    fn a_large_reply_does_not_overtake_an_earlier_notification() {
        let mut outbox = Outbox::default();
        outbox.push(&note(1), None);
        outbox.push(&large(1, 3 * PIECE), None);
        let all = taken(&mut outbox, usize::MAX);
        assert_eq!(all[0], note(1));
        assert_eq!(all.len(), 5);
    }

    #[test]
    fn a_one_way_message_is_never_split() {
        let mut outbox = Outbox::default();
        let data = Bytes::from(vec![7; 2 * PIECE]);
        let message = Frame::Notification(Notification {
            channel: crate::wire::ChannelName::literal("notes"),
            name: "large".parse().unwrap(),
            arguments: Payload::encode(Codec::MessagePack, &[data]).unwrap(),
        });
        outbox.push(&message, None);
        assert_eq!(taken(&mut outbox, 1), [message]);
    }

    #[test]
    fn a_small_frame_waits_for_one_piece_at_most() {
        let mut outbox = Outbox::default();
        outbox.push(&large(1, 100 * PIECE), None);
        assert!(matches!(taken(&mut outbox, 1)[..], [Frame::Part(_)]));
        outbox.push(&Frame::Cancel { call: 9 }, None);
        assert_eq!(taken(&mut outbox, 1)[0], Frame::Cancel { call: 9 });
    }

    #[test]
    fn large_frames_take_turns() {
        let mut outbox = Outbox::default();
        outbox.push(&large(1, 2 * PIECE), None);
        outbox.push(&large(2, 2 * PIECE), None);
        let messages: Vec<u32> = taken(&mut outbox, usize::MAX)
            .iter()
            .map(|frame| match frame {
                Frame::Part(part) => part.message,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(messages, [0, 1, 0, 1, 0, 1]);
    }

    #[test]
    fn a_withdrawn_request_leaves_no_more_pieces() {
        let mut outbox = Outbox::default();
        outbox.push(&large(1, 10 * PIECE), Some(1));
        assert_eq!(taken(&mut outbox, 1).len(), 1);
        assert_eq!(outbox.withdraw(1), Withdrawn::Unsent);
        let rest = taken(&mut outbox, usize::MAX);
        assert_eq!(
            rest,
            [Frame::Part(Part {
                message: 0,
                total: 0,
                piece: Bytes::default()
            })]
        );
        assert_eq!(outbox.withdraw(1), Withdrawn::Sent);
        assert_eq!(outbox.len(), 0);
    }
}
