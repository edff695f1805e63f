//! An executable's window under WebKitGTK's WebDriver.
//!
//! The driver starts the executable, and both end together. Elements are named by
//! CSS selectors; clicks and keys are those of a user, scripts run in the page's own world.

use std::{
    net::{Ipv4Addr, TcpListener},
    path::PathBuf,
};

use base64::Engine as _;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::{
    Picture, http,
    program::{self, BOUND, Program, Start},
    wait::eventually,
};

/// What WebDriver calls the member that holds an element's number.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A window, open until this is dropped.
#[derive(Debug)]
#[must_use = "the window closes when this is dropped"]
pub struct Window {
    driver: Program,
    port: u16,
    session: String,
}

impl Start {
    /// Starts it under the WebDriver.
    ///
    /// # Panics
    /// Where there is no WebDriver, or the executable opens no window.
    pub fn open(&self) -> Window {
        let port = free_port();
        let port_argument = format!("--port={port}");
        // What Tauri asks for before it lets a driver in.
        let automation = [
            ("TAURI_AUTOMATION", "true"),
            ("TAURI_WEBVIEW_AUTOMATION", "true"),
        ];
        let driver = self.spawn("WebKitWebDriver", [port_argument], &automation);
        eventually("the WebDriver", || {
            http::request(port, "GET", "/status", None).ok()
        });
        let arguments = self
            .arguments
            .iter()
            .map(|argument| argument.to_str().expect("WebDriver knows Unicode only"));
        let executable = self.executable.to_str();
        let bound = BOUND[1..].iter().copied();
        let arguments: Vec<_> = bound.chain(executable).chain(arguments).collect();
        let browser = json!({ "binary": find_program(BOUND[0]), "args": arguments });
        let wanted = json!({ "alwaysMatch": { "webkitgtk:browserOptions": browser } });
        let mut window = Window {
            driver,
            port,
            session: String::new(),
        };
        let session = window.ask("POST", "", &json!({ "capabilities": wanted }));
        window.session = match &session["sessionId"] {
            Value::String(id) => format!("/{id}"),
            _ => panic!("{:?} opened no window: {session}", self.executable),
        };
        window
    }
}

impl Window {
    /// The folder that is the user's data folder to the executable.
    #[must_use]
    pub fn user_data(&self) -> std::path::PathBuf {
        self.driver.user_data()
    }

    /// Sends the executable a signal.
    ///
    /// # Panics
    /// Where it has ended.
    pub fn signal(&self, signal: Signal) {
        program::send(self.executable(), signal);
    }

    /// Kills the process of the page that was opened last.
    ///
    /// # Panics
    /// Where there is none.
    pub fn kill_last_page(&self) {
        let pages = self.page_processes();
        program::send(*pages.last().expect("a window has a page"), Signal::KILL);
    }

    /// Process ids of the executable's pages, lowest first.
    ///
    /// # Panics
    /// Where the executable is gone.
    #[must_use]
    pub fn page_processes(&self) -> Vec<u32> {
        program::page_processes(self.executable())
    }

    /// The process that the driver has started.
    fn executable(&self) -> u32 {
        match program::children(self.driver.id()).collect::<Vec<_>>()[..] {
            [(executable, _)] => executable,
            ref others => panic!("the driver has started {others:?}"),
        }
    }

    /// Process id of the executable, or `None` where it is gone.
    ///
    /// # Panics
    /// Where there is no `/proc`.
    #[must_use]
    pub fn process(&self) -> Option<u32> {
        program::children(self.driver.id())
            .next()
            .map(|(executable, _)| executable)
    }

    /// Closes the executable's window `title` as its user does, through the X server.
    ///
    /// # Panics
    /// Where it shows no such window.
    pub fn close_window(&self, title: &str) {
        program::close_window(self.executable(), title);
    }

    /// Runs a function body in the page and gives what it returns. `arguments` is an array.
    ///
    /// # Panics
    /// Where it throws.
    pub fn script(&self, body: &str, arguments: &Value) -> Value {
        self.try_script(body, arguments)
            .unwrap_or_else(|problem| panic!("{problem}"))
    }

    /// [`Self::script`] in a page that may be on its way out.
    ///
    /// # Errors
    /// What the WebDriver says where the script throws, or the page goes meanwhile.
    pub fn try_script(&self, body: &str, arguments: &Value) -> Result<Value, String> {
        let script = json!({ "script": body, "args": arguments });
        self.try_ask("POST", "/execute/sync", &script)
    }

    /// Runs the body of an async function in the page and gives what it returns.
    ///
    /// # Panics
    /// Where it throws.
    pub fn script_async(&self, body: &str, arguments: &Value) -> Value {
        let body = format!(
            "const done = arguments[arguments.length - 1];
             (async (...arguments) => {{ {body} }})(...arguments).then(
               value => done({{ value }}),
               error => done({{ error: String(error) }}));"
        );
        let script = json!({ "script": body, "args": arguments });
        let end = self.ask("POST", "/execute/async", &script);
        assert!(end["error"].is_null(), "the script threw {}", end["error"]);
        end["value"].clone()
    }

    /// Loads the page again and waits until it is there.
    ///
    /// # Panics
    /// Where it does not come.
    pub fn reload(&self) {
        self.ask("POST", "/refresh", &json!({}));
    }

    /// The address of the page.
    ///
    /// # Panics
    /// Where there is none.
    #[must_use]
    pub fn address(&self) -> String {
        text_of(&self.ask("GET", "/url", &Value::Null))
    }

    /// Text of an element, as the user sees it.
    ///
    /// # Panics
    /// Where there is no such element.
    #[must_use]
    pub fn text(&self, element: &str) -> String {
        text_of(&self.ask_element("GET", element, "text", &Value::Null))
    }

    /// Clicks an element.
    ///
    /// # Panics
    /// Where there is no such element, or it cannot be clicked.
    pub fn click(&self, element: &str) {
        self.ask_element("POST", element, "click", &json!({}));
    }

    /// Empties a field and types into it. `\n` is the Enter key.
    ///
    /// # Panics
    /// Where there is no such field.
    pub fn type_into(&self, field: &str, text: &str) {
        self.ask_element("POST", field, "clear", &json!({}));
        let keys = text.replace('\n', "\u{e007}");
        self.ask_element("POST", field, "value", &json!({ "text": keys }));
    }

    /// Chooses a file in a field for one. The driver stands for the system's dialog.
    ///
    /// # Panics
    /// Where there is no such field.
    pub fn choose_file(&self, field: &str, path: &str) {
        self.ask_element("POST", field, "value", &json!({ "text": path }));
    }

    /// What the page shows as a PNG file, drawn anew: the screen may be frames behind.
    ///
    /// # Panics
    /// Where the page is gone.
    #[must_use]
    pub fn screenshot(&self) -> Vec<u8> {
        let text = text_of(&self.ask("GET", "/screenshot", &Value::Null));
        let decoded = base64::engine::general_purpose::STANDARD.decode(text);
        decoded.expect("the driver encodes what it gives")
    }

    /// Presses keys, one after another, wherever the focus is. Letters are themselves; the others
    /// are those of [`key`](crate::key).
    ///
    /// # Panics
    /// Where the page is gone.
    pub fn press(&self, keys: &str) {
        self.press_with("", keys);
    }

    /// [`Self::press`] while other keys are held down.
    ///
    /// # Panics
    /// Where the page is gone.
    pub fn press_with(&self, held: &str, keys: &str) {
        let act = |what: &str, key: char| json!({ "type": what, "value": key.to_string() });
        let down = held.chars().map(|key| act("keyDown", key));
        let press = |key| [act("keyDown", key), act("keyUp", key)];
        let presses = keys.chars().flat_map(press);
        let up = held.chars().map(|key| act("keyUp", key));
        let actions: Vec<_> = down.chain(presses).chain(up).collect();
        let keyboard = json!({ "type": "key", "id": "keyboard", "actions": actions });
        self.ask("POST", "/actions", &json!({ "actions": [keyboard] }));
    }

    /// Types into another window of the executable than that of the page, as a dialog, once it is
    /// there: letters and signs, and `\n` for the Enter key. The rest follows when the window shows
    /// the first sign: a dialog may have to make the field for it.
    ///
    /// # Panics
    /// Where there is no window of this title, or its keyboard has no such sign.
    pub fn type_into_window(&self, title: &str, text: &str) {
        let (mut screen, window) = program::find_window(self.executable(), title);
        let before = screen.picture(window);
        let first = text.chars().next().map_or(0, char::len_utf8);
        let (first, rest) = text.split_at(first);
        screen.type_text(window, first);
        eventually("the first sign", || {
            (screen.picture(window) != before).then_some(())
        });
        screen.type_text(window, rest);
    }

    /// Presses keys in the window `title` of the executable, all held together, as a user does:
    /// its menu hears of them before the page. Keys are named by their number on a PC's keyboard,
    /// as X counts them.
    ///
    /// # Panics
    /// Where there is no window of this title.
    pub fn press_in(&self, title: &str, keys: &[u8]) {
        let (mut screen, window) = program::find_window(self.executable(), title);
        screen.press(window, keys);
    }

    /// What the open menu of the executable shows; `None` where no menu is open.
    ///
    /// # Panics
    /// Where the executable is gone.
    #[must_use]
    pub fn open_menu(&self) -> Option<Picture> {
        program::open_menu(self.executable())
    }

    /// What the window `title` of the executable shows, once it is there.
    ///
    /// # Panics
    /// Where there is no window of this title.
    #[must_use]
    pub fn picture(&self, title: &str) -> Picture {
        let (mut screen, window) = program::find_window(self.executable(), title);
        screen.picture(window)
    }

    /// Drops a file on the middle of the window of this title, as a file manager does.
    ///
    /// # Panics
    /// Where there is no window of this title, or it does not take the file.
    pub fn drop_file(&self, title: &str, path: &std::path::Path) {
        let (mut screen, window) = program::find_window(self.executable(), title);
        screen.drop_file(window, path);
    }

    /// Gives the window this size, its frame included.
    ///
    /// # Panics
    /// Where there is no window.
    pub fn resize(&self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height });
        self.ask("POST", "/window/rect", &size);
    }

    /// Asks for something of an element. One that the page replaces meanwhile is looked up again:
    /// nothing was done to it.
    fn ask_element(&self, method: &str, element: &str, what: &str, body: &Value) -> Value {
        let by = json!({ "using": "css selector", "value": element });
        let attempt = || {
            let found = self.try_ask("POST", "/element", &by)?;
            let path = format!("/element/{}/{what}", text_of(&found[ELEMENT]));
            self.try_ask(method, &path, body)
        };
        eventually(element, || match attempt() {
            Ok(value) => Some(value),
            Err(problem) if problem.contains("stale element reference") => None,
            Err(problem) => panic!("{problem}"),
        })
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        self.try_ask(method, path, body)
            .unwrap_or_else(|problem| panic!("{problem}"))
    }

    fn try_ask(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let path = format!("/session{}{path}", self.session);
        let body = (!body.is_null()).then_some(body);
        match http::request(self.port, method, &path, body) {
            Ok((200, mut answer)) => Ok(answer["value"].take()),
            Ok((_, answer)) => Err(format!("{method} {path}: {}", answer["value"])),
            Err(error) => {
                let said = self.driver.stderr();
                Err(format!("{method} {path}: {error}; {said}"))
            }
        }
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        // The driver is killed next and takes the executable with it, so a failure does no harm.
        let path = format!("/session{}", self.session);
        let _ = http::request(self.port, "DELETE", &path, None);
    }
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => panic!("the WebDriver gave {other} where a text belongs"),
    }
}

/// Where `program` is in `PATH`: the driver does not look there.
fn find_program(program: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
        .unwrap_or_else(|| panic!("there is no `{program}` on this machine"))
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .expect("this machine has a free port")
        .port()
}
