//! The line to the app that runs: a port of this machine that it connects to.
//!
//! One JSON object per line, as `src-backend/desktop/development/link.rs` says. A secret tells the
//! app from anybody else on the machine, and only one connection at a time is the app's.

use std::{
    collections::BTreeMap,
    hash::{BuildHasher as _, RandomState},
    io::{BufRead as _, BufReader, Write as _},
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc::Sender},
    time::Duration,
};

use serde_json::{Value as Json, json};

use super::Event;
use crate::error::{TaskError, file};

/// The app's variable.
pub(super) const VARIABLE: &str = "TWINBRIDGE_DEV";

/// Who does not say soon who it is, is not the app.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the app is to do.
#[derive(Clone, Debug)]
pub(super) enum Order {
    /// Load its pages again.
    Reload,
    /// End, and say where its windows were.
    End,
}

/// This end of the line.
#[derive(Debug)]
pub(super) struct Link {
    port: u16,
    secret: String,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    page: Option<PathBuf>,
    /// Where the windows were last, by label.
    windows: BTreeMap<String, Json>,
    problem: Option<String>,
    app: Option<TcpStream>,
}

impl Link {
    /// Opens the port. The app has its page from the folder `page`.
    pub(super) fn open(page: Option<PathBuf>, events: Sender<Event>) -> Result<Self, TaskError> {
        let no_port = || file("opening", "a port of this machine");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(no_port())?;
        let port = listener.local_addr().map_err(no_port())?.port();
        let state = Arc::new(Mutex::new(State {
            page,
            windows: BTreeMap::new(),
            problem: None,
            app: None,
        }));
        let secret = secret();
        let (expected, shared) = (secret.clone(), Arc::clone(&state));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // One after the other: the app that is to be replaced has ended by then.
                let _ = serve(&stream, &expected, &shared, &events);
            }
        });
        Ok(Self {
            port,
            secret,
            state,
        })
    }

    /// What the app finds in its environment.
    pub(super) fn address(&self) -> String {
        format!("127.0.0.1:{} {}", self.port, self.secret)
    }

    /// Tells the app, if one is there.
    pub(super) fn order(&self, order: &Order) {
        let line = match order {
            Order::Reload => json!({ "do": "reload" }),
            Order::End => json!({ "do": "end" }),
        };
        locked(&self.state).send(&line);
    }

    /// Shows a problem in the app's windows, or that there is none any more.
    pub(super) fn problem(&self, problem: Option<String>) {
        let mut state = locked(&self.state);
        if state.problem != problem {
            state.problem = problem;
            let line = state.problem_line();
            state.send(&line);
        }
    }
}

impl State {
    fn problem_line(&self) -> Json {
        match &self.problem {
            Some(text) => json!({ "do": "problem", "text": text }),
            None => json!({ "do": "fine" }),
        }
    }

    fn send(&mut self, line: &Json) {
        let line = format!("{line}\n");
        // An app that does not listen is gone, and its end is noticed elsewhere.
        if self
            .app
            .as_mut()
            .is_some_and(|app| app.write_all(line.as_bytes()).is_err())
        {
            self.app = None;
        }
    }
}

/// Hears one connection out.
fn serve(
    stream: &TcpStream,
    secret: &str,
    state: &Mutex<State>,
    events: &Sender<Event>,
) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    let first: Json = serde_json::from_str(&first)?;
    if first["told"] != "app" || first["secret"] != secret {
        return Ok(());
    }
    stream.set_read_timeout(None)?;
    {
        let mut state = locked(state);
        state.app = Some(stream.try_clone()?);
        let begin = json!({ "page": state.page, "windows": state.windows });
        state.send(&begin);
        if state.problem.is_some() {
            let line = state.problem_line();
            state.send(&line);
        }
    }
    for line in lines {
        let news: Json = serde_json::from_str(&line?)?;
        match news["told"].as_str() {
            Some("greeted") => {
                // Nobody listens any more where the loop has ended.
                let _ = events.send(Event::Greeted);
            }
            Some("place") => {
                let window = news["window"].as_str().unwrap_or_default().to_owned();
                locked(state).windows.insert(window, news["place"].clone());
            }
            _ => {}
        }
    }
    Ok(())
}

/// Sixteen bytes that nobody guesses: the standard library seeds its hashers from the system's
/// random numbers.
fn secret() -> String {
    let number = || RandomState::new().hash_one(0_u8);
    format!("{:016x}{:016x}", number(), number())
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    fn said(stream: &TcpStream) -> Json {
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or(Json::Null)
    }

    fn connected(link: &Link, secret: &str) -> TcpStream {
        let mut stream = TcpStream::connect(("127.0.0.1", link.port)).unwrap();
        let line = json!({ "told": "app", "secret": secret });
        stream.write_all(format!("{line}\n").as_bytes()).unwrap();
        stream
    }

    #[test]
    fn the_app_is_told_where_its_windows_were_and_others_are_told_nothing() {
        let (sender, events) = mpsc::channel();
        let link = Link::open(Some("/page".into()), sender).unwrap();
        assert_eq!(said(&connected(&link, "a guess")), Json::Null);

        let mut app = connected(&link, &link.secret);
        assert_eq!(said(&app), json!({ "page": "/page", "windows": {} }));
        let place = json!({ "told": "place", "window": "main", "place": { "left": 7 } });
        let greeted = json!({ "told": "greeted", "window": "main" });
        app.write_all(format!("{place}\n{greeted}\n").as_bytes())
            .unwrap();
        assert!(matches!(events.recv().unwrap(), Event::Greeted));
        link.problem(Some("error: no".into()));
        assert_eq!(said(&app), json!({ "do": "problem", "text": "error: no" }));
        drop(app);

        let app = connected(&link, &link.secret);
        let begin = json!({ "page": "/page", "windows": { "main": { "left": 7 } } });
        let mut lines = BufReader::new(&app).lines();
        let mut next = || serde_json::from_str::<Json>(&lines.next().unwrap().unwrap()).unwrap();
        assert_eq!(next(), begin);
        // It has another page to show the same problem over.
        assert_eq!(next(), json!({ "do": "problem", "text": "error: no" }));
        link.problem(None);
        assert_eq!(next(), json!({ "do": "fine" }));
        link.order(&Order::Reload);
        assert_eq!(next(), json!({ "do": "reload" }));
    }
}
