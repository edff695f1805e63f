//! Typing into any window of the screen, dialogs of the system among them.

use super::{Connection, FAKE_INPUT, words};

const SET_INPUT_FOCUS: u8 = 42;
const GET_KEYBOARD_MAPPING: u8 = 101;

const KEY_PRESS: u8 = 2;
const KEY_RELEASE: u8 = 3;

/// What X calls the keys that no sign stands for.
const ENTER: u32 = 0xFF0D;
const SHIFT: u32 = 0xFFE1;

/// A key, and whether it is pressed together with Shift.
type Stroke = (u8, bool);

impl Connection {
    /// Gives `window` the keyboard and types. There is no window manager that would give it.
    pub(crate) fn type_text(&mut self, window: u32, text: &str) {
        self.focus(window);
        let keys = self.keyboard();
        let stroke = |symbol: u32| -> Stroke {
            let (at, column) = keys
                .iter()
                .enumerate()
                .find_map(|(at, columns)| {
                    let column = columns.iter().take(2).position(|one| *one == symbol)?;
                    Some((at, column))
                })
                .unwrap_or_else(|| panic!("the keyboard has no key for {symbol:#x}"));
            (self.keys.0 + at as u8, column == 1)
        };
        let shift = stroke(SHIFT).0;
        let strokes: Vec<Stroke> = text
            .chars()
            .map(|sign| match sign {
                '\n' => stroke(ENTER),
                // Signs up to U+00FF are their own symbols.
                sign => stroke(sign.into()),
            })
            .collect();
        let xtest = self.xtest();
        for (key, is_shifted) in strokes {
            if is_shifted {
                self.key(xtest, KEY_PRESS, shift);
            }
            self.key(xtest, KEY_PRESS, key);
            self.key(xtest, KEY_RELEASE, key);
            if is_shifted {
                self.key(xtest, KEY_RELEASE, shift);
            }
        }
        // Its answer comes after the keys were dealt with, so the connection may close.
        self.atom("WM_NAME");
    }

    /// Gives `window` the keyboard, presses these keys one after the other, and lets go of them the
    /// other way round. Keys go by their numbers.
    pub(crate) fn press(&mut self, window: u32, keys: &[u8]) {
        self.focus(window);
        let xtest = self.xtest();
        for key in keys {
            self.key(xtest, KEY_PRESS, *key);
        }
        for key in keys.iter().rev() {
            self.key(xtest, KEY_RELEASE, *key);
        }
        // Its answer comes after the keys were dealt with, so the connection may close.
        self.atom("WM_NAME");
    }

    fn focus(&mut self, window: u32) {
        // The focus goes back to where the pointer is when the window is gone.
        const POINTER_ROOT: u8 = 1;
        let now = 0_u32;
        let focus = [window.to_le_bytes(), now.to_le_bytes()].concat();
        self.send(SET_INPUT_FOCUS, POINTER_ROOT, &focus);
    }

    fn key(&mut self, xtest: u8, kind: u8, key: u8) {
        let mut request = vec![kind, key, 0, 0];
        request.resize(32, 0);
        self.send(xtest, FAKE_INPUT, &request);
    }

    /// The symbols of each key, from the lowest number on: plain, with Shift, and others.
    fn keyboard(&mut self) -> Vec<Vec<u32>> {
        let (first, last) = self.keys;
        let request = [first, last - first + 1, 0, 0];
        let reply = self.ask(GET_KEYBOARD_MAPPING, 0, &request);
        let reply = reply.expect("a server has a keyboard");
        let columns = usize::from(reply[1]);
        let symbols: Vec<u32> = words(&reply[32..]).collect();
        symbols
            .chunks(columns.max(1))
            .map(<[u32]>::to_vec)
            .collect()
    }
}
