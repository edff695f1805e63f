//! What went wrong, as the page shows it: the fact, the remedy, and the layer it happened in.
//!
//! The facts are the errors' own sentences; what to do about them is known here, since only the
//! page knows what its user can press. Every part of the page shows its failures through this.

use leptos::prelude::*;
use twinbridge_common::{
    CallError,
    interfaces::files::FilesError,
    ipc::{BackendError, EndReason, NoError, PipeError, Refusal, StartupError},
    rpc::RpcError,
};
use twinbridge_frontend::ConnectError;

/// A failure and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Where it happened: `application`, `refusal`, `backend`, `pipe`, `codec`, `page`.
    pub(crate) layer: &'static str,
    /// What happened, a sentence.
    pub(crate) fact: String,
    /// What to do about it, a sentence.
    pub(crate) remedy: &'static str,
}

/// Errors of a contract that the page knows what to do about.
pub(crate) trait Remedy: std::error::Error {
    /// What to do, a sentence.
    fn remedy(&self) -> &'static str;
}

const RELOAD: &str = "Reload the page to connect again.";
const REBUILD: &str = "The two halves were built from different sources: rebuild both.";
const TRY_AGAIN: &str = "Try again.";
const SEE_LOG: &str = "The backend's log has the details.";

impl Problem {
    /// The page runs where there is no backend.
    pub(crate) fn no_bridge(error: &ConnectError) -> Self {
        let remedy = match error {
            ConnectError::AlreadyConnected => RELOAD,
            // The text of the others is the remedy, or there is none.
            _ => "",
        };
        Self {
            layer: "page",
            fact: sentence(error),
            remedy,
        }
    }

    /// A page in a browser has no session, which what it was asked for needs.
    pub(crate) fn no_session() -> Self {
        Self {
            layer: "page",
            fact: "Files are read in the app's own window; this page is served over HTTP."
                .to_owned(),
            remedy: "Open them with `twinbridge FILE`, or call FilesRpcInterface.",
        }
    }

    /// RPC did not carry a call.
    pub(crate) fn of_rpc(error: &RpcError) -> Self {
        Self {
            layer: "refusal",
            fact: sentence(error),
            remedy: REBUILD,
        }
    }

    /// An error of an application whose type this page does not know.
    pub(crate) fn of_application(scope: &str, key: &str, message: &str) -> Self {
        let name = match (scope, key) {
            ("", key) => key.to_owned(),
            (scope, key) => format!("{scope}/{key}"),
        };
        Self {
            layer: "application",
            fact: sentence_of(match (name.as_str(), message) {
                ("", message) => message.to_owned(),
                (name, "") => name.to_owned(),
                (name, message) => format!("{name}: {message}"),
            }),
            remedy: "The contract of the method says what it means.",
        }
    }

    /// The session is over.
    pub(crate) fn ended(reason: &EndReason) -> Self {
        Self {
            layer: "pipe",
            fact: sentence(reason),
            remedy: RELOAD,
        }
    }
}

impl From<&StartupError> for Problem {
    fn from(error: &StartupError) -> Self {
        let fact = sentence(error);
        match error {
            StartupError::Mismatch { .. } => Self {
                layer: "refusal",
                fact,
                remedy: REBUILD,
            },
            _ => Self {
                layer: "pipe",
                fact,
                remedy: RELOAD,
            },
        }
    }
}

impl From<&PipeError> for Problem {
    fn from(error: &PipeError) -> Self {
        let remedy = match error {
            PipeError::Full { .. } => TRY_AGAIN,
            PipeError::TooLarge { .. } => "Ask for less at a time.",
            _ => RELOAD,
        };
        Self {
            layer: "pipe",
            fact: sentence(error),
            remedy,
        }
    }
}

impl<E: Remedy + 'static> From<&CallError<E>> for Problem {
    fn from(error: &CallError<E>) -> Self {
        let (layer, remedy) = match error {
            CallError::App(error) => ("application", error.remedy()),
            CallError::Refused(refusal) => ("refusal", of_refusal(refusal)),
            CallError::Backend(_) => ("backend", SEE_LOG),
            CallError::Pipe(error) => return error.into(),
            CallError::Codec(_) => ("codec", REBUILD),
        };
        Self {
            layer,
            fact: sentence(error),
            remedy,
        }
    }
}

fn of_refusal(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::UnknownChannel { .. } => "Register its handler in the backend.",
        Refusal::UnknownMethod { .. } | Refusal::BadArgument { .. } => REBUILD,
        Refusal::VersionMismatch { .. } => "Rebuild the older half.",
        Refusal::TooLarge { .. } => "Ask for less at a time.",
        Refusal::Panicked { .. } | Refusal::BadReply { .. } => SEE_LOG,
        // The text of the refusal is the remedy.
        Refusal::NotAllowed { .. } => "",
        _ => TRY_AGAIN,
    }
}

impl Remedy for NoError {
    fn remedy(&self) -> &'static str {
        match *self {}
    }
}

impl Remedy for BackendError {
    fn remedy(&self) -> &'static str {
        SEE_LOG
    }
}

impl Remedy for FilesError {
    fn remedy(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => {
                "Check the spelling; a relative path starts in the folder where the app was started."
            }
            Self::NotAFile { .. } => "Give the path of a file.",
            Self::Permission { .. } => {
                "Allow reading it, or start the app as a user who may read it."
            }
            // The text of these is the remedy.
            Self::Truncated { .. }
            | Self::Rewritten { .. }
            | Self::TooManyOpen { .. }
            | Self::TooManyStreams { .. } => "",
            Self::BadPattern { .. } => "Correct it, or switch `.*` off to search for it as text.",
            Self::LineTooLong { .. } => "What was found before it is listed.",
            Self::NoDialog { .. } => "Type its path instead.",
            Self::NotOpen { .. } => "Open it again.",
            Self::Io { .. } => "Check the disk or the network share, then open it again.",
            _ => TRY_AGAIN,
        }
    }
}

/// The error and its causes as one sentence: a capital first, a full stop last.
fn sentence(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        // A transparent error repeats its source.
        if !text.ends_with(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        cause = error.source();
    }
    sentence_of(text)
}

/// A capital first, a full stop last.
fn sentence_of(mut text: String) -> String {
    if !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => text,
    }
}

/// The problem where it happened, read aloud by screen readers.
pub(crate) fn problem_view(id: &'static str, problem: Problem) -> AnyView {
    problem_view_with(id, problem, ())
}

/// [`problem_view`] with the next click.
pub(crate) fn problem_view_with(
    id: &'static str,
    problem: Problem,
    action: impl IntoView + 'static,
) -> AnyView {
    let Problem {
        layer,
        fact,
        remedy,
    } = problem;
    view! {
        <div id=id class="problem" role="alert" data-layer=layer>
            <p><strong>{fact}</strong>" "{remedy}</p>
            {action}
            <span class="tag">{layer}</span>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_the_application_is_a_sentence_with_its_remedy() {
        let path = "/var/log/nothing".to_owned();
        let problem = Problem::from(&CallError::App(FilesError::NotFound { path }));
        assert_eq!(
            problem,
            Problem {
                layer: "application",
                fact: "There is no file at `/var/log/nothing`.".into(),
                remedy: "Check the spelling; a relative path starts in the folder where the app was started.",
            }
        );
    }

    #[test]
    fn the_pipe_says_its_reason_once() {
        let error = CallError::<NoError>::Pipe(PipeError::Ended(EndReason::PeerPanicked));
        let problem = Problem::from(&error);
        assert_eq!(problem.fact, "The session ended: the peer panicked.");
        assert_eq!(problem.remedy, RELOAD);
    }

    #[test]
    fn startup_names_the_cause() {
        let ended = PipeError::Ended(EndReason::Closed);
        let problem = Problem::from(&StartupError::Pipe(ended));
        assert_eq!(
            problem.fact,
            "The handshake failed: the session ended: the peer said goodbye."
        );
    }
}
