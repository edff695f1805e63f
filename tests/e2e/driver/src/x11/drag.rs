//! Dropping a file on a window, by the protocol XDND as a file manager speaks it.
//!
//! The window under the pointer is told what there is and where; it asks for it, and says when it
//! has it.

use std::path::Path;

use super::{Connection, SEND_EVENT, read, u32_at};

const CREATE_WINDOW: u8 = 1;
const CHANGE_PROPERTY: u8 = 18;
const SET_SELECTION_OWNER: u8 = 22;

const CLIENT_MESSAGE: u8 = 33;
const SELECTION_REQUEST: u8 = 30;
const SELECTION_NOTIFY: u8 = 31;

/// The version of the protocol.
const VERSION: u32 = 5;

/// The names of the protocol, as the server numbers them.
struct Names {
    selection: u32,
    enter: u32,
    position: u32,
    status: u32,
    drop: u32,
    finished: u32,
    copy: u32,
    uri_list: u32,
}

impl Connection {
    /// Drops a file on the middle of `window`.
    pub(crate) fn drop_file(&mut self, window: u32, path: &Path) {
        let names = self.names();
        let source = self.source(names.selection);
        let path = path.to_str().expect("tests have paths in Unicode");
        // Paths of tests have no sign that an address would have to escape.
        let data = format!("file://{path}\r\n");
        let (left, top, width, height) = self.place(window);
        let [across, down] = [(left, width), (top, height)]
            .map(|(edge, len)| (i32::from(edge) + i32::from(len) / 2) as u32);
        let place = across << 16 | down;
        self.tell(
            window,
            names.enter,
            [source, VERSION << 24, names.uri_list, 0, 0],
        );
        // It is not taken before the window has looked at it, which it asks for meanwhile.
        let is_taken = (0..20).any(|_| {
            self.tell(window, names.position, [source, 0, place, 0, names.copy]);
            self.serve(&names, names.status, data.as_bytes())[1] & 1 == 1
        });
        assert!(is_taken, "the window does not take files");
        self.tell(window, names.drop, [source, 0, 0, 0, 0]);
        self.serve(&names, names.finished, data.as_bytes());
    }

    fn names(&mut self) -> Names {
        Names {
            selection: self.atom("XdndSelection"),
            enter: self.atom("XdndEnter"),
            position: self.atom("XdndPosition"),
            status: self.atom("XdndStatus"),
            drop: self.atom("XdndDrop"),
            finished: self.atom("XdndFinished"),
            copy: self.atom("XdndActionCopy"),
            uri_list: self.atom("text/uri-list"),
        }
    }

    /// A window that nobody sees, which has what is dragged.
    fn source(&mut self, selection: u32) -> u32 {
        const INPUT_ONLY: u32 = 2;
        let source = self.own;
        let (place, size, class) = (0_u32, 1 | 1 << 16, INPUT_ONLY << 16);
        let root = self.root;
        self.send(
            CREATE_WINDOW,
            0,
            &bytes(&[source, root, place, size, class, 0, 0]),
        );
        self.send(SET_SELECTION_OWNER, 0, &bytes(&[source, selection, 0]));
        source
    }

    fn tell(&mut self, window: u32, what: u32, data: [u32; 5]) {
        let mut event = vec![CLIENT_MESSAGE, 32, 0, 0];
        event.extend(bytes(&[window, what]));
        event.extend(bytes(&data));
        self.send_event(window, &event);
    }

    fn send_event(&mut self, window: u32, event: &[u8]) {
        let mut request = bytes(&[window, 0]);
        request.extend(event);
        request.resize(8 + 32, 0);
        self.send(SEND_EVENT, 0, &request);
    }

    /// Gives out `data` to whoever asks, until the window tells `awaited`; what it told with it.
    fn serve(&mut self, names: &Names, awaited: u32, data: &[u8]) -> [u32; 5] {
        loop {
            let mut event = vec![0; 32];
            read(&mut self.stream, &mut event);
            // The upper bit says that a program sent it.
            match event[0] & 0x7F {
                SELECTION_REQUEST => self.give(names, &event, data),
                CLIENT_MESSAGE if u32_at(&event, 8) == awaited => {
                    return [12, 16, 20, 24, 28].map(|at| u32_at(&event, at));
                }
                _ => {}
            }
        }
    }

    /// Answers a request for the data: it goes where the request says, if it is what there is.
    fn give(&mut self, names: &Names, request: &[u8], data: &[u8]) {
        let [time, _owner, requestor, selection, target, property] =
            [4, 8, 12, 16, 20, 24].map(|at| u32_at(request, at));
        let has_it = target == names.uri_list;
        if has_it {
            let mut change = bytes(&[requestor, property, target, 8, data.len() as u32]);
            change.extend(data);
            change.resize(change.len().next_multiple_of(4), 0);
            self.send(CHANGE_PROPERTY, 0, &change);
        }
        let given = if has_it { property } else { 0 };
        let mut event = vec![SELECTION_NOTIFY, 0, 0, 0];
        event.extend(bytes(&[time, requestor, selection, target, given]));
        self.send_event(requestor, &event);
    }
}

fn bytes(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}
