//! As much of the X protocol as it takes to see a window, click it, press keys in it, and close it
//! as a window manager does.
//!
//! There is no window manager on a screen in memory, so its message is sent from here. Spoken by
//! hand: a few requests, little-endian, over the server's local socket.

use std::{
    io::{Read as _, Write as _},
    os::unix::net::UnixStream,
};

use crate::Picture;

const GET_GEOMETRY: u8 = 14;
const QUERY_TREE: u8 = 15;
const INTERN_ATOM: u8 = 16;
const GET_PROPERTY: u8 = 20;
const SEND_EVENT: u8 = 25;
const CLIENT_MESSAGE: u8 = 33;
const SET_INPUT_FOCUS: u8 = 42;
const GET_IMAGE: u8 = 73;
const QUERY_EXTENSION: u8 = 98;

/// The request of the extension XTEST that acts as a mouse does, and what it can do.
const FAKE_INPUT: u8 = 2;
const KEY_PRESS: u8 = 2;
const KEY_RELEASE: u8 = 3;
const BUTTON_PRESS: u8 = 4;
const BUTTON_RELEASE: u8 = 5;
const MOTION: u8 = 6;

/// A connection to the server that `DISPLAY` names.
pub(crate) struct Connection {
    stream: UnixStream,
    root: u32,
}

impl Connection {
    pub(crate) fn open() -> Self {
        let display = std::env::var("DISPLAY").unwrap_or_default();
        let number = display.trim_start_matches(':').split('.').next();
        let path = format!("/tmp/.X11-unix/X{}", number.unwrap_or_default());
        let mut stream = UnixStream::connect(&path)
            .unwrap_or_else(|error| panic!("DISPLAY is {display:?}, and {path}: {error}"));
        // Little-endian, protocol 11.0, without authorization.
        write(&mut stream, &[b'l', 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        let mut head = [0; 8];
        read(&mut stream, &mut head);
        let mut body = vec![0; 4 * usize::from(u16::from_le_bytes([head[6], head[7]]))];
        read(&mut stream, &mut body);
        assert_eq!(head[0], 1, "{display} takes no connection without a secret");
        let vendor = usize::from(u16::from_le_bytes([body[16], body[17]]));
        let formats = usize::from(body[21]);
        let root = u32_at(&body, 32 + vendor.next_multiple_of(4) + 8 * formats);
        Self { stream, root }
    }

    /// The window of `process` with this title that can be asked to close.
    pub(crate) fn window(&mut self, title: &str, process: u32) -> Option<u32> {
        let [name, pid, protocols, delete] =
            ["WM_NAME", "_NET_WM_PID", "WM_PROTOCOLS", "WM_DELETE_WINDOW"]
                .map(|name| self.atom(name));
        let root = self.root.to_le_bytes();
        let tree = self.ask(QUERY_TREE, 0, &root)?;
        let windows: Vec<u32> = words(&tree[32..]).collect();
        windows.into_iter().find(|&window| {
            let mut property = |atom| self.property(window, atom).unwrap_or_default();
            property(name) == title.as_bytes()
                && words(&property(pid)).eq([process])
                && words(&property(protocols)).any(|protocol| protocol == delete)
        })
    }

    /// Sends the window what a click on its close button sends.
    pub(crate) fn ask_to_close(&mut self, window: u32) {
        let protocols = self.atom("WM_PROTOCOLS");
        let delete = self.atom("WM_DELETE_WINDOW");
        let mut event = vec![CLIENT_MESSAGE, 32, 0, 0];
        for word in [window, protocols, delete, 0, 0, 0, 0] {
            event.extend(word.to_le_bytes());
        }
        let mut request = Vec::new();
        for word in [window, 0] {
            request.extend(word.to_le_bytes());
        }
        request.extend(event);
        self.send(SEND_EVENT, 0, &request);
        // Its answer comes after the event was dealt with, so the connection may close.
        self.atom("WM_NAME");
    }

    /// What the window shows, with what is in it.
    pub(crate) fn picture(&mut self, window: u32) -> Picture {
        let (_, _, width, height) = self.place(window);
        let mut request = window.to_le_bytes().to_vec();
        for number in [0, 0, width, height] {
            request.extend(number.to_le_bytes());
        }
        // All planes, row by row.
        request.extend(u32::MAX.to_le_bytes());
        let reply = self.ask(GET_IMAGE, 2, &request);
        let reply = reply.expect("a window that is shown has pixels");
        Picture::new(u32::from(width), &reply[32..])
    }

    /// Moves the pointer to a point of the window, and presses and releases its first button.
    pub(crate) fn click(&mut self, window: u32, across: u32, down: u32) {
        let (left, top, _, _) = self.place(window);
        let place = |edge: i16, offset: u32| {
            let offset = i16::try_from(offset).expect("a screen is smaller");
            (edge + offset).to_le_bytes()
        };
        for (kind, detail) in [(MOTION, 0), (BUTTON_PRESS, 1), (BUTTON_RELEASE, 1)] {
            self.fake(kind, detail, place(left, across), place(top, down));
        }
        // Its answer comes after the click was dealt with, so the connection may close.
        self.atom("WM_NAME");
    }

    /// Gives the window the keyboard, presses these keys one after the other, and lets go of them
    /// the other way round.
    pub(crate) fn press(&mut self, window: u32, keys: &[u8]) {
        // The focus goes to nobody when the window goes.
        self.send(SET_INPUT_FOCUS, 0, &[window.to_le_bytes(), [0; 4]].concat());
        for key in keys {
            self.fake(KEY_PRESS, *key, [0; 2], [0; 2]);
        }
        for key in keys.iter().rev() {
            self.fake(KEY_RELEASE, *key, [0; 2], [0; 2]);
        }
        // Its answer comes after the keys were dealt with, so the connection may close.
        self.atom("WM_NAME");
    }

    /// Does what a mouse or a keyboard does.
    fn fake(&mut self, kind: u8, detail: u8, across: [u8; 2], down: [u8; 2]) {
        let extension = self.ask(QUERY_EXTENSION, 0, &counted("XTEST"));
        let extension = extension.expect("the server knows its extensions");
        assert_eq!(extension[8], 1, "the server has no XTEST");
        let mut request = vec![kind, detail, 0, 0];
        request.extend([0; 4]);
        request.extend(self.root.to_le_bytes());
        request.extend([0; 8]);
        request.extend(across);
        request.extend(down);
        request.extend([0; 8]);
        self.send(extension[9], FAKE_INPUT, &request);
    }

    /// Left and upper edge on the screen, width and height. Without a window manager windows lie
    /// on the screen itself.
    fn place(&mut self, window: u32) -> (i16, i16, u16, u16) {
        let reply = self.ask(GET_GEOMETRY, 0, &window.to_le_bytes());
        let reply = reply.expect("the window was just found");
        let number = |at: usize| u16::from_le_bytes([reply[at], reply[at + 1]]);
        (
            number(12).cast_signed(),
            number(14).cast_signed(),
            number(16),
            number(18),
        )
    }

    fn atom(&mut self, name: &str) -> u32 {
        let reply = self.ask(INTERN_ATOM, 0, &counted(name));
        u32_at(&reply.expect("every name can be an atom"), 8)
    }

    /// The bytes of a property; `None` where the window is gone.
    fn property(&mut self, window: u32, property: u32) -> Option<Vec<u8>> {
        let mut request = Vec::new();
        for word in [window, property, 0, 0, 1024] {
            request.extend(word.to_le_bytes());
        }
        let reply = self.ask(GET_PROPERTY, 0, &request)?;
        let len = u32_at(&reply, 16) as usize * usize::from(reply[1]) / 8;
        Some(reply[32..32 + len].to_vec())
    }

    fn send(&mut self, opcode: u8, detail: u8, request: &[u8]) {
        let len = u16::try_from(1 + request.len() / 4).expect("the requests here are short");
        let [low, high] = len.to_le_bytes();
        write(
            &mut self.stream,
            &[&[opcode, detail, low, high], request].concat(),
        );
    }

    /// Sends a request and gives its reply, or `None` for an error.
    fn ask(&mut self, opcode: u8, detail: u8, request: &[u8]) -> Option<Vec<u8>> {
        self.send(opcode, detail, request);
        loop {
            let mut reply = vec![0; 32];
            read(&mut self.stream, &mut reply);
            match reply[0] {
                0 => return None,
                1 => {
                    let rest = 4 * u32_at(&reply, 4) as usize;
                    reply.resize(32 + rest, 0);
                    read(&mut self.stream, &mut reply[32..]);
                    return Some(reply);
                }
                // Events that every client gets, such as a change of the keyboard.
                _ => {}
            }
        }
    }
}

/// A name behind its length, filled up to a multiple of four bytes.
fn counted(name: &str) -> Vec<u8> {
    let len = u16::try_from(name.len()).expect("the names here are short");
    let mut bytes = len.to_le_bytes().to_vec();
    bytes.extend([0, 0]);
    bytes.extend(name.as_bytes());
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

fn write(stream: &mut UnixStream, bytes: &[u8]) {
    stream
        .write_all(bytes)
        .unwrap_or_else(|error| panic!("the X server is gone: {error}"));
}

fn read(stream: &mut UnixStream, bytes: &mut [u8]) {
    stream
        .read_exact(bytes)
        .unwrap_or_else(|error| panic!("the X server is gone: {error}"));
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    words(&bytes[at..])
        .next()
        .expect("the server's replies have their fixed parts")
}

fn words(bytes: &[u8]) -> impl Iterator<Item = u32> {
    let (words, _) = bytes.as_chunks::<4>();
    words.iter().map(|word| u32::from_le_bytes(*word))
}
