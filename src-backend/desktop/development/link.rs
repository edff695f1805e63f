//! The line to `cargo xtask dev`: a connection to the port that the environment names.
//!
//! One JSON object per line. The app proves by a secret from its environment that it is the one
//! that was started; it connects to this machine alone and listens nowhere. `xtask/src/dev/` has
//! the other end.

use std::{
    collections::HashMap,
    io::{self, BufRead as _, BufReader, Write as _},
    net::{SocketAddr, TcpStream},
    path::PathBuf,
    sync::Mutex,
    thread,
    time::Duration,
};

use serde::{Deserialize, Serialize};

use super::{Place, locked};

/// `ADDRESS SECRET`, set by `cargo xtask dev` for the app that it starts.
const VARIABLE: &str = "TWINBRIDGE_DEV";

/// Both ends are on this machine, and the other one waits for nothing before it answers.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the edit loop says first.
#[derive(Debug, Deserialize)]
pub(super) struct Begin {
    /// The folder that pages come from; `None` where a development server has them.
    pub(super) page: Option<PathBuf>,
    /// Where the windows were.
    pub(super) windows: HashMap<String, Place>,
}

/// What it says later.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "do", rename_all = "camelCase")]
pub(super) enum Order {
    /// There is another page, or none was changed and the old one is to start again.
    Reload,
    /// This does not compile.
    Problem { text: String },
    /// What did not compile does now.
    Fine,
    /// The app is to end, and say where its windows were.
    End,
}

/// What the app says.
#[derive(Debug, Serialize)]
#[serde(tag = "told", rename_all = "camelCase")]
pub(super) enum News {
    /// Who it is.
    App { secret: String },
    /// A page has greeted the backend.
    Greeted { window: String },
    /// Where a window is.
    Place { window: String, place: Place },
}

/// The app's end of the connection.
#[derive(Debug)]
pub(super) struct Link {
    stream: TcpStream,
    /// Taken by whoever listens.
    incoming: Mutex<Option<BufReader<TcpStream>>>,
}

impl Link {
    /// Connects where the environment says so.
    pub(super) fn from_environment() -> io::Result<Option<(Self, Begin)>> {
        let Ok(words) = std::env::var(VARIABLE) else {
            return Ok(None);
        };
        let wrong = || {
            io::Error::new(
                io::ErrorKind::InvalidInput,
                "the variable is not understood",
            )
        };
        let (address, secret) = words.split_once(' ').ok_or_else(wrong)?;
        let address: SocketAddr = address.parse().map_err(|_| wrong())?;
        // Pages come from where this leads, so it leads nowhere else.
        if !address.ip().is_loopback() {
            return Err(wrong());
        }
        let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        let secret = secret.to_owned();
        let mut incoming = BufReader::new(stream.try_clone()?);
        let link = Self {
            stream,
            incoming: Mutex::new(None),
        };
        link.send(&News::App { secret })?;
        let mut line = String::new();
        incoming.read_line(&mut line)?;
        let begin = serde_json::from_str(&line)?;
        link.stream.set_read_timeout(None)?;
        *locked(&link.incoming) = Some(incoming);
        Ok(Some((link, begin)))
    }

    /// Calls `obey` for every order, on a thread of its own, and `ended` after the last.
    pub(super) fn listen(
        &self,
        obey: impl Fn(Order) + Send + 'static,
        ended: impl FnOnce() + Send + 'static,
    ) {
        let Some(incoming) = locked(&self.incoming).take() else {
            return;
        };
        thread::spawn(move || {
            for line in incoming.lines().map_while(Result::ok) {
                match serde_json::from_str(&line) {
                    Ok(order) => obey(order),
                    Err(error) => tracing::warn!(%error, line, "an order is not understood"),
                }
            }
            ended();
        });
    }

    /// Says something, if anybody is there to hear it.
    pub(super) fn tell(&self, news: &News) {
        if let Err(error) = self.send(news) {
            tracing::debug!(%error, "the edit loop did not hear the news");
        }
    }

    fn send(&self, news: &News) -> io::Result<()> {
        let mut line = serde_json::to_vec(news)?;
        line.push(b'\n');
        // In one piece, since windows are told of from several threads.
        (&self.stream).write_all(&line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_what_the_other_end_writes() {
        for (line, order) in [
            (r#"{"do":"reload"}"#, Order::Reload),
            (r#"{"do":"fine"}"#, Order::Fine),
            (r#"{"do":"end"}"#, Order::End),
            (
                r#"{"do":"problem","text":"error: no"}"#,
                Order::Problem {
                    text: "error: no".to_owned(),
                },
            ),
        ] {
            assert_eq!(serde_json::from_str::<Order>(line).unwrap(), order);
        }
        let begin = r#"{"page":"/p","windows":{"main":{"left":1,"top":-2,"width":3,"height":4,"isMaximized":false,"fragment":"/ipc"}}}"#;
        let begin: Begin = serde_json::from_str(begin).unwrap();
        assert_eq!(begin.page.unwrap(), PathBuf::from("/p"));
        assert_eq!(begin.windows["main"].route().unwrap(), "\"#/ipc\"");
    }

    #[test]
    fn news_are_what_the_other_end_reads() {
        let line = serde_json::to_string(&News::Greeted {
            window: "main".to_owned(),
        });
        assert_eq!(line.unwrap(), r#"{"told":"greeted","window":"main"}"#);
        let line = serde_json::to_string(&News::App {
            secret: "ab".to_owned(),
        });
        assert_eq!(line.unwrap(), r#"{"told":"app","secret":"ab"}"#);
    }
}
