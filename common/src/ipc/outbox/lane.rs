//! Large frames on their way out, cut into pieces.
//!
//! Plain data. A lane is one call, one reply, or one stream: what is in a lane leaves in order,
//! and different lanes take turns. Used by the outbox only.

use std::collections::VecDeque;

use crate::wire::{Bytes, Frame, Part, push_frame};

/// Longest frame that goes whole; a longer one leaves in pieces of this length.
pub(crate) const PIECE: usize = 128 * 1024;

/// Whose frames are in a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// A call that this side makes.
    Request(u32),
    /// An answer to the other side.
    Reply,
    /// The stream of a call that the other side made.
    Stream(u32),
}

/// A large frame and what must not overtake it.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) owner: Owner,
    /// How many small frames were queued before it, which must leave first.
    pub(super) behind: u64,
    frames: VecDeque<Cut>,
    bytes: usize,
}

/// A frame in two parts, so that a large value is not copied before it leaves.
#[derive(Debug)]
struct Cut {
    head: Vec<u8>,
    value: Bytes,
    sent: usize,
    /// Its number, once the first piece has left.
    message: u32,
}

impl Cut {
    fn new(mut frame: Frame) -> Self {
        let value = frame.take_value();
        Self {
            head: frame.to_bytes(),
            value,
            sent: 0,
            message: 0,
        }
    }

    fn len(&self) -> usize {
        self.head.len() + self.value.len()
    }

    /// Appends the bytes from `self.sent` up to `end`, and moves on.
    fn write_to(&mut self, end: usize, out: &mut Vec<u8>) {
        let (from, head) = (self.sent, self.head.len());
        out.extend_from_slice(&self.head[from.min(head)..end.min(head)]);
        out.extend_from_slice(&self.value[from.max(head) - head..end.max(head) - head]);
        self.sent = end;
    }
}

impl Lane {
    pub(super) fn new(owner: Owner, behind: u64, frame: Frame) -> Self {
        let mut lane = Self {
            owner,
            behind,
            frames: VecDeque::new(),
            bytes: 0,
        };
        lane.push(frame);
        lane
    }

    /// Queues a frame behind the others of this lane.
    pub(super) fn push(&mut self, frame: Frame) {
        let cut = Cut::new(frame);
        self.bytes += cut.len();
        self.frames.push_back(cut);
    }

    /// Bytes that wait.
    pub(super) fn len(&self) -> usize {
        self.bytes
    }

    /// Those of them that are a stream's.
    pub(super) fn stream_len(&self) -> usize {
        match self.owner {
            Owner::Stream(_) => self.bytes,
            Owner::Request(_) | Owner::Reply => 0,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Length of the frame in front, where nothing of it has left.
    pub(super) fn whole(&self) -> Option<usize> {
        let cut = self.frames.front()?;
        (cut.sent == 0).then(|| cut.len())
    }

    /// Takes about one piece: of the frame in front, or as many whole ones as fit in it. A frame
    /// of up to `longest` goes whole.
    pub(super) fn take(&mut self, next_message: &mut u32, longest: usize, out: &mut Vec<u8>) {
        let until = out.len() + longest;
        while let Some(cut) = self.frames.front_mut() {
            let total = cut.len();
            if total <= longest && cut.sent == 0 {
                if out.len() + total > until {
                    return;
                }
                push_frame(out, |out| cut.write_to(total, out));
                self.bytes -= total;
                self.frames.pop_front();
                continue;
            }
            // A piece goes alone, so that a turn is about a piece.
            if out.len() + PIECE > until {
                return;
            }
            if cut.sent == 0 {
                cut.message = *next_message;
                *next_message = next_message.wrapping_add(1);
            }
            let (start, end) = (cut.sent, total.min(cut.sent + PIECE));
            let head = Part {
                message: cut.message,
                total: u32::try_from(total).unwrap_or(u32::MAX),
                piece: Bytes::new(),
            };
            push_frame(out, |out| {
                Frame::Part(head).write(out);
                cut.write_to(end, out);
            });
            self.bytes -= end - start;
            if end == total {
                self.frames.pop_front();
            }
            return;
        }
    }

    /// The number of the frame that has left in part, if one has.
    pub(super) fn begun(&self) -> Option<u32> {
        let cut = self.frames.front()?;
        (cut.sent > 0).then_some(cut.message)
    }
}
