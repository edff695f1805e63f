//! What a session has still to send, in the order it may leave.
//!
//! Plain data. Small frames leave first in, first out, so that one-way messages, cancels and
//! small replies keep their order. A large call, reply or item leaves in pieces between them, in
//! turns with the other large ones, but no piece overtakes a small frame that was queued before.
//! What follows a large item in its stream waits behind it. A large one-way message goes whole,
//! or it would lose its place.

mod lane;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, VecDeque};

use self::lane::{Lane, Owner, PIECE};
use crate::wire::{Bytes, ChannelName, Frame, MethodName, Part, push_frame};

/// Least frame that a peer must take: a piece with its header.
pub(crate) const LEAST_FRAME_BYTES: u32 = PIECE as u32 + 16;

/// Small frames that may leave between two pieces of large ones, in bytes.
const SMALL_TURN: usize = 64 * 1024;

/// Room for everything in a frame but its payload, in the usual case.
const HEADER: usize = 64;

/// In place of a frame's length: a slot's number follows, whose frame leaves here.
const SLOT: u32 = u32::MAX;

/// Queue of outgoing frames.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    /// Small frames, each behind its length, from `small_start`.
    small: Vec<u8>,
    small_start: usize,
    /// Small frames queued and sent since the beginning; their difference waits.
    small_queued: u64,
    small_sent: u64,
    lanes: VecDeque<Lane>,
    lane_bytes: usize,
    /// Bytes of items of streams, small and large.
    stream_bytes: usize,
    next_message: u32,
    /// Messages of which only the newest is of interest, in the place of their first.
    slots: Slots,
    /// The goodbye, behind all that waits.
    last: Vec<u8>,
}

#[derive(Debug, Default)]
struct Slots {
    frames: HashMap<u32, Slot>,
    by_name: HashMap<(ChannelName, MethodName), u32>,
    next: u32,
    bytes: usize,
}

#[derive(Debug)]
struct Slot {
    name: (ChannelName, MethodName),
    frame: Vec<u8>,
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
        self.small_len() + self.lane_bytes + self.last.len()
    }

    /// Bytes of streams that wait.
    pub(crate) fn stream_len(&self) -> usize {
        self.stream_bytes
    }

    /// Bytes that wait in line, large frames and streams apart.
    pub(crate) fn message_len(&self) -> usize {
        let in_lanes: usize = self.lanes.iter().map(Lane::stream_len).sum();
        self.small_len() - (self.stream_bytes - in_lanes)
    }

    fn small_len(&self) -> usize {
        self.small.len() - self.small_start + self.slots.bytes
    }

    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Queues a frame. `call` is the own call it asks for, if it is a request.
    pub(crate) fn push(&mut self, frame: Frame, call: Option<u32>) {
        let is_item = matches!(frame, Frame::StreamItem { .. });
        let owner = match &frame {
            Frame::Request(_) | Frame::Reply(_) => call.map_or(Owner::Reply, Owner::Request),
            Frame::StreamItem { call, .. } | Frame::StreamEnd { call, .. } => {
                let owner = Owner::Stream(*call);
                if let Some(lane) = self.lanes.iter_mut().find(|lane| lane.owner == owner) {
                    let before = lane.len();
                    lane.push(frame);
                    let added = lane.len() - before;
                    self.lane_bytes += added;
                    self.stream_bytes += added;
                    return;
                }
                owner
            }
            Frame::Bye(_) => return push_frame(&mut self.last, |out| frame.write(out)),
            _ => return self.push_small(&frame),
        };
        if frame.payload_len() <= PIECE {
            let start = self.small.len();
            self.push_small(&frame);
            let added = self.small.len() - start;
            if added - 4 <= PIECE {
                self.stream_bytes += if is_item { added } else { 0 };
                return;
            }
            // Large for what stands before its payload.
            self.small.truncate(start);
            self.small_queued -= 1;
        }
        let lane = Lane::new(owner, self.small_queued, frame);
        self.lane_bytes += lane.len();
        self.stream_bytes += lane.stream_len();
        self.lanes.push_back(lane);
    }

    fn push_small(&mut self, frame: &Frame) {
        // Most frames are their payload and a header of at most this; growing step by step
        // would copy each of them several times.
        self.small.reserve(frame.payload_len() + HEADER);
        push_frame(&mut self.small, |out| frame.write(out));
        self.small_queued += 1;
    }

    /// Queues a message that takes the place of the one of its name, if that waits still. Says
    /// whether it did.
    pub(crate) fn push_latest(&mut self, name: (ChannelName, MethodName), frame: &Frame) -> bool {
        let frame = frame.to_bytes();
        let slots = &mut self.slots;
        if let Some(slot) = slots
            .by_name
            .get(&name)
            .and_then(|number| slots.frames.get_mut(number))
        {
            slots.bytes = slots.bytes - slot.frame.len() + frame.len();
            slot.frame = frame;
            return true;
        }
        let number = slots.next;
        slots.next = slots.next.wrapping_add(1);
        slots.bytes += frame.len();
        slots.by_name.insert(name.clone(), number);
        slots.frames.insert(number, Slot { name, frame });
        self.small.extend_from_slice(&SLOT.to_le_bytes());
        self.small.extend_from_slice(&number.to_le_bytes());
        self.small_queued += 1;
        false
    }

    /// Takes back the request of `call` where it is still here.
    pub(crate) fn withdraw(&mut self, call: u32) -> Withdrawn {
        if self.remove_lane(Owner::Request(call)) {
            Withdrawn::Unsent
        } else {
            Withdrawn::Sent
        }
    }

    /// Takes back what of the stream of `call` waits behind a large item.
    pub(crate) fn withdraw_stream(&mut self, call: u32) {
        self.remove_lane(Owner::Stream(call));
    }

    fn remove_lane(&mut self, owner: Owner) -> bool {
        let at = self.lanes.iter().position(|lane| lane.owner == owner);
        let Some(lane) = at.and_then(|at| self.lanes.remove(at)) else {
            return false;
        };
        self.lane_bytes -= lane.len();
        self.stream_bytes -= lane.stream_len();
        if let Some(message) = lane.begun() {
            let rest_is_lost = Part {
                message,
                total: 0,
                piece: Bytes::default(),
            };
            self.push_small(&Frame::Part(rest_is_lost));
        }
        true
    }

    /// Takes up to about `budget` bytes of frames, each behind its length and none longer than
    /// `max_frame`. At least one frame leaves where one waits, whatever the budget.
    pub(crate) fn take(&mut self, budget: usize, max_frame: usize) -> Vec<u8> {
        let mut out = self.take_before_last(budget, max_frame);
        let is_last = self.small_len() + self.lane_bytes == 0;
        if is_last && (out.len() < budget || out.is_empty()) {
            out.append(&mut self.last);
        }
        out
    }

    fn take_before_last(&mut self, budget: usize, max_frame: usize) -> Vec<u8> {
        if self.lanes.is_empty() && self.slots.frames.is_empty() && self.small_len() <= budget {
            return self.take_all_small();
        }
        let mut out = Vec::with_capacity(self.len().min(budget).saturating_add(SMALL_TURN));
        while out.len() < budget || out.is_empty() {
            let before = out.len();
            self.take_small(&mut out, budget.min(before.saturating_add(SMALL_TURN)));
            let room = budget.saturating_sub(out.len());
            if self.goes_alone(max_frame) {
                // Cut, it would have to be put together again. It may be larger than the room,
                // but not by so much that it had better begin the next batch.
                match self.lanes.front().and_then(Lane::whole) {
                    Some(frame) if frame <= room.saturating_mul(2) => {
                        self.take_piece(&mut out, frame)
                    }
                    Some(frame) if frame <= budget && !out.is_empty() => break,
                    _ => self.take_piece(&mut out, PIECE),
                }
            } else {
                self.take_piece(&mut out, PIECE);
            }
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
        self.stream_bytes = 0;
        let mut small = std::mem::take(&mut self.small);
        small.drain(..self.small_start);
        self.small_start = 0;
        small
    }

    fn take_small(&mut self, out: &mut Vec<u8>, until: usize) {
        while self.small_start < self.small.len() && (out.len() < until || out.is_empty()) {
            let rest = &self.small[self.small_start..];
            let number = |at: usize| {
                let bytes = rest.get(at..).and_then(|rest| rest.first_chunk());
                bytes.map_or(0, |bytes| u32::from_le_bytes(*bytes))
            };
            if number(0) == SLOT {
                let slot = number(4);
                self.small_start += 8;
                if let Some(frame) = self.slots.take(slot) {
                    push_frame(out, |out| out.extend_from_slice(&frame));
                }
            } else {
                let len = (4 + number(0) as usize).min(rest.len());
                if rest.get(4).is_some_and(|kind| Frame::is_stream_item(*kind)) {
                    self.stream_bytes -= len;
                }
                out.extend_from_slice(&rest[..len]);
                self.small_start += len;
            }
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

    /// Whether the next large frame keeps nothing waiting if it leaves whole.
    fn goes_alone(&self, max_frame: usize) -> bool {
        let is_alone = self.lanes.len() == 1 && self.small_start == self.small.len();
        is_alone
            && self
                .lanes
                .front()
                .and_then(Lane::whole)
                .is_some_and(|frame| frame <= max_frame)
    }

    fn take_piece(&mut self, out: &mut Vec<u8>, longest: usize) {
        let sent = self.small_sent;
        let at = self.lanes.iter().position(|lane| lane.behind <= sent);
        let Some(mut lane) = at.and_then(|at| self.lanes.remove(at)) else {
            return;
        };
        let (before, of_streams) = (lane.len(), lane.stream_len());
        lane.take(&mut self.next_message, longest, out);
        self.lane_bytes -= before - lane.len();
        self.stream_bytes -= of_streams - lane.stream_len();
        if !lane.is_empty() {
            self.lanes.push_back(lane);
        }
    }
}

impl Slots {
    fn take(&mut self, number: u32) -> Option<Vec<u8>> {
        let Slot { name, frame } = self.frames.remove(&number)?;
        self.by_name.remove(&name);
        self.bytes -= frame.len();
        Some(frame)
    }
}
