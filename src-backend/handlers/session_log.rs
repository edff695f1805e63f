//! The handler of `log`: a page sees what the backend logs for it.
//!
//! It watches the program's log while a page reads, and hands on the lines of that page's session
//! alone. Lines of other sessions are the inspector's.

use twinbridge_common::{
    CallContext, IpcStream,
    interfaces::{inspector::Happening, session_log::SessionLog},
};

use crate::inspect::{Feed, Lines, Wanted};

/// Hands a page the lines that are logged while its calls and messages are handled.
///
/// ```
/// use twinbridge::{
///     Backend, common::interfaces::session_log::SessionLogServer,
///     handlers::session_log::SessionLogHandler,
/// };
///
/// let backend = Backend::builder().handler(SessionLogServer(SessionLogHandler)).build()?;
/// assert_eq!(backend.channels().count(), 1);
/// # Ok::<_, twinbridge::BackendError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct SessionLogHandler;

impl SessionLog for SessionLogHandler {
    async fn lines(&self) -> IpcStream<Vec<Happening>> {
        // Without a session there is none whose lines these could be: sessions count from 1.
        let session = CallContext::current().map_or(0, |context| context.origin().session);
        Feed::of_lines(Wanted::by_page(Lines::Of(session))).into_batches()
    }
}
