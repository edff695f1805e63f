//! What a pipe may do to what it carries, and how often.

use twinbridge_common::Bytes;

use crate::random::Random;

/// How often each fault happens, in 1000 cases.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Faults {
    /// It does not arrive, and its sender learns that something failed.
    pub(crate) lost: usize,
    /// It arrives, and arrives again.
    pub(crate) repeated: usize,
    /// It arrives although its sender was told that it failed.
    pub(crate) failed_late: usize,
    /// It arrives cut short, or with other bytes.
    pub(crate) damaged: usize,
    /// It stays on the way for long, perhaps longer than its page.
    pub(crate) delayed: usize,
    /// Others overtake it.
    pub(crate) overtaken: usize,
}

impl Faults {
    /// A pipe of some kind, from one that never fails to one that rarely works.
    pub(crate) fn of(random: &mut Random) -> Self {
        let level = random.pick(&[0, 20, 60, 150, 300]);
        Self {
            lost: level,
            repeated: random.pick(&[0, level, 2 * level]),
            failed_late: random.pick(&[0, level]),
            delayed: random.pick(&[0, 30, 100]),
            // What is damaged cannot be judged any more, so most pipes leave bytes alone.
            damaged: random.pick(&[0, 0, 0, 1, 10]),
            overtaken: random.pick(&[0, 100, 500, 900]),
        }
    }
}

/// Cuts bytes short, changes some of them, or adds to them.
pub(crate) fn damage(bytes: &Bytes, random: &mut Random) -> Bytes {
    let mut bytes = bytes.to_vec();
    match random.below(4) {
        0 => bytes.truncate(random.below(bytes.len() + 1)),
        1 => {
            for _ in 0..=random.below(8) {
                bytes.push(random.next() as u8);
            }
        }
        _ => {
            for _ in 0..=random.below(3) {
                if !bytes.is_empty() {
                    let at = random.below(bytes.len());
                    bytes[at] =
                        random.pick(&[0, 1, 2, 0x7F, 0x80, 0xFF, random.clone().next() as u8]);
                }
            }
        }
    }
    Bytes::from(bytes)
}
