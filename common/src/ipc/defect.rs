//! Faults that a test builds into the product, to see that the rules which forbid them find them.
//!
//! Nothing here exists in a product: without the feature `defects`, which only
//! `tests/fault-model` asks for, `is` is the constant `false`. Each defect stands in one place,
//! which asks for it by name.

use std::cell::Cell;

/// A deliberate defect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Defect {
    /// A batch that came before is handed on once more.
    RepeatAccepted,
    /// An acknowledgement is one too far.
    AcknowledgedTooFar,
    /// The other side does not hear that a call was given up.
    CancelLost,
    /// What a consumer takes of a stream does not become credit.
    CreditKept,
    /// A batch of a page that was replaced reaches its successor's session.
    OldPageAccepted,
    /// Batches that were held for an earlier one are handed on in the wrong order.
    OrderSwapped,
    /// The handler of a call is started twice.
    CallRunTwice,
    /// A call that was given up stays in the table of those that wait.
    PendingCallLeaked,
}

impl Defect {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::RepeatAccepted,
        Self::AcknowledgedTooFar,
        Self::CancelLost,
        Self::CreditKept,
        Self::OldPageAccepted,
        Self::OrderSwapped,
        Self::CallRunTwice,
        Self::PendingCallLeaked,
    ];
}

thread_local! {
    static PRESENT: Cell<Option<Defect>> = const { Cell::new(None) };
}

/// Whether this thread has the defect.
pub(crate) fn is(defect: Defect) -> bool {
    cfg!(feature = "defects") && PRESENT.get() == Some(defect)
}

/// Gives this thread a defect, or none.
pub fn set(defect: Option<Defect>) {
    PRESENT.set(defect);
}
