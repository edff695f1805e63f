//! Keys that no letter stands for, as WebDriver numbers them.

/// Moves the focus on.
pub const TAB: char = '\u{e004}';
/// Enter.
pub const ENTER: char = '\u{e007}';
/// Shift.
pub const SHIFT: char = '\u{e008}';
/// Ctrl.
pub const CONTROL: char = '\u{e009}';
/// Escape.
pub const ESCAPE: char = '\u{e00c}';
/// The space bar.
pub const SPACE: char = ' ';
/// Up.
pub const UP: char = '\u{e013}';
/// Down.
pub const DOWN: char = '\u{e015}';
/// End.
pub const END: char = '\u{e010}';
/// Home.
pub const HOME: char = '\u{e011}';
/// F3.
pub const F3: char = '\u{e033}';
