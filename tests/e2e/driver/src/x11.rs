//! As much of the X protocol as it takes to see a window, click it, type into it, drop a file on
//! it, and close it as a window manager does.
//!
//! There is no window manager on a screen in memory, so its message is sent from here. Spoken by
//! hand: a few requests, little-endian, over the server's local socket.

mod drag;
mod keyboard;

use std::{
    io::{Read as _, Write as _},
    os::unix::net::UnixStream,
    time::Duration,
};

use crate::Picture;

const GET_WINDOW_ATTRIBUTES: u8 = 3;
const CONFIGURE_WINDOW: u8 = 12;
const GET_GEOMETRY: u8 = 14;
const QUERY_TREE: u8 = 15;
const INTERN_ATOM: u8 = 16;
const GET_PROPERTY: u8 = 20;
const SEND_EVENT: u8 = 25;
const CLIENT_MESSAGE: u8 = 33;
const GET_IMAGE: u8 = 73;
const QUERY_EXTENSION: u8 = 98;

/// The request of the extension XTEST that acts as a mouse does, and what it can do.
const FAKE_INPUT: u8 = 2;
const BUTTON_PRESS: u8 = 4;
const BUTTON_RELEASE: u8 = 5;
const MOTION: u8 = 6;

/// Longest wait for what a window answers.
const PATIENCE: Duration = Duration::from_secs(20);

/// A connection to the server that `DISPLAY` names.
pub(crate) struct Connection {
    stream: UnixStream,
    root: u32,
    /// Number that a window of this connection may have.
    own: u32,
    /// Lowest and highest number of a key.
    keys: (u8, u8),
}

impl Connection {
    pub(crate) fn open() -> Self {
        let display = std::env::var("DISPLAY").unwrap_or_default();
        let number = display.trim_start_matches(':').split('.').next();
        let path = format!("/tmp/.X11-unix/X{}", number.unwrap_or_default());
        let mut stream = UnixStream::connect(&path)
            .unwrap_or_else(|error| panic!("DISPLAY is {display:?}, and {path}: {error}"));
        stream
            .set_read_timeout(Some(PATIENCE))
            .expect("twenty seconds are a time");
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
        Self {
            stream,
            root,
            own: u32_at(&body, 4),
            keys: (body[26], body[27]),
        }
    }

    /// The window of `process` with this title that can be asked to close.
    pub(crate) fn window(&mut self, title: &str, process: u32) -> Option<u32> {
        self.find(title, Some(process))
    }

    /// The window with this title that can be asked to close, whoever shows it.
    pub(crate) fn any_window(&mut self, title: &str) -> Option<u32> {
        self.find(title, None)
    }

    fn find(&mut self, title: &str, process: Option<u32>) -> Option<u32> {
        let [name, pid, protocols, delete] =
            ["WM_NAME", "_NET_WM_PID", "WM_PROTOCOLS", "WM_DELETE_WINDOW"]
                .map(|name| self.atom(name));
        let root = self.root.to_le_bytes();
        let tree = self.ask(QUERY_TREE, 0, &root)?;
        let windows: Vec<u32> = words(&tree[32..]).collect();
        windows.into_iter().find(|&window| {
            let mut property = |atom| self.property(window, atom).unwrap_or_default();
            property(name) == title.as_bytes()
                && process.is_none_or(|process| words(&property(pid)).eq([process]))
                && words(&property(protocols)).any(|protocol| protocol == delete)
        })
    }

    /// The menu of `process` that is open, on top of others.
    pub(crate) fn menu(&mut self, process: u32) -> Option<u32> {
        const VIEWABLE: u8 = 2;
        let pid = self.atom("_NET_WM_PID");
        let root = self.root.to_le_bytes();
        let tree = self.ask(QUERY_TREE, 0, &root)?;
        let windows: Vec<u32> = words(&tree[32..]).collect();
        windows.into_iter().rev().find(|&window| {
            let attributes = self.ask(GET_WINDOW_ATTRIBUTES, 0, &window.to_le_bytes());
            // Menus are not for a window manager to deal with.
            attributes.is_some_and(|reply| reply[26] == VIEWABLE && reply[27] == 1)
                && words(&self.property(window, pid).unwrap_or_default()).eq([process])
        })
    }

    /// Moves a window and gives it a size.
    pub(crate) fn configure(&mut self, window: u32, place: (i16, i16, u16, u16)) {
        // Left, top, width and height, each a word.
        const WHICH: u32 = 0b1111;
        let (left, top, width, height) = place;
        let mut request = Vec::new();
        for word in [window, WHICH] {
            request.extend(word.to_le_bytes());
        }
        for edge in [left, top] {
            request.extend(i32::from(edge).to_le_bytes());
        }
        for length in [width, height] {
            request.extend(u32::from(length).to_le_bytes());
        }
        self.send(CONFIGURE_WINDOW, 0, &request);
        // Its answer comes after the request was dealt with, so the connection may close.
        self.atom("WM_NAME");
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

    /// What the window shows, with what is in it, as far as it is on the screen.
    pub(crate) fn picture(&mut self, window: u32) -> Picture {
        self.try_picture(window)
            .expect("a window that is shown has pixels")
    }

    /// [`Self::picture`] of a window that may just be opening or closing.
    pub(crate) fn try_picture(&mut self, window: u32) -> Option<Picture> {
        let (left, top, width, height) = self.place(window);
        let (_, _, screen_width, screen_height) = self.place(self.root);
        // Beginning and length of the part of an edge that is on the screen.
        let part = |edge: i16, len: u16, screen: u16| {
            let start = edge.min(0).unsigned_abs();
            let room = i32::from(screen) - i32::from(edge.max(0));
            let len = i32::from(len.saturating_sub(start)).min(room).max(0);
            (start, u16::try_from(len).expect("a screen is smaller"))
        };
        let (across, width) = part(left, width, screen_width);
        let (down, height) = part(top, height, screen_height);
        let mut request = window.to_le_bytes().to_vec();
        for number in [across, down, width, height] {
            request.extend(number.to_le_bytes());
        }
        // All planes, row by row.
        request.extend(u32::MAX.to_le_bytes());
        let reply = self.ask(GET_IMAGE, 2, &request)?;
        Some(Picture::new(u32::from(width), &reply[32..]))
    }

    /// Moves the pointer to a point of the window, and presses and releases a button of it, the
    /// first by number 1.
    pub(crate) fn click(&mut self, window: u32, button: u8, (across, down): (u32, u32)) {
        let xtest = self.xtest();
        let (left, top, _, _) = self.place(window);
        let place = |edge: i16, offset: u32| {
            let offset = i16::try_from(offset).expect("a screen is smaller");
            (edge + offset).to_le_bytes()
        };
        for (kind, detail) in [
            (MOTION, 0),
            (BUTTON_PRESS, button),
            (BUTTON_RELEASE, button),
        ] {
            let mut request = vec![kind, detail, 0, 0];
            request.extend([0; 4]);
            request.extend(self.root.to_le_bytes());
            request.extend([0; 8]);
            request.extend(place(left, across));
            request.extend(place(top, down));
            request.extend([0; 8]);
            self.send(xtest, FAKE_INPUT, &request);
        }
        // Its answer comes after the click was dealt with, so the connection may close.
        self.atom("WM_NAME");
    }

    /// The opcode of the extension that acts as a user does.
    fn xtest(&mut self) -> u8 {
        let extension = self.ask(QUERY_EXTENSION, 0, &counted("XTEST"));
        let extension = extension.expect("the server knows its extensions");
        assert_eq!(extension[8], 1, "the server has no XTEST");
        extension[9]
    }

    /// Left and upper edge on the screen, width and height. Without a window manager windows lie
    /// on the screen itself.
    pub(crate) fn place(&mut self, window: u32) -> (i16, i16, u16, u16) {
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
