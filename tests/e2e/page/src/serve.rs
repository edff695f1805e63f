//! What the host may ask of this page.

use futures_channel::oneshot;
use futures_util::{future::pending, stream};
use twinbridge_common::IpcStream;
use twinbridge_frontend::spawn;

use crate::{
    acts,
    board::Board,
    contract::{LabError, LabPage},
};

/// Answers the host, and counts on the page's board.
pub(crate) struct Serves(pub(crate) Board);

impl LabPage for Serves {
    async fn add(&self, a: u32, b: u32) -> u32 {
        a.wrapping_add(b)
    }

    async fn act(&self, name: String, words: String) -> Result<String, LabError> {
        let (done, wait) = oneshot::channel();
        // Acts hold values of JavaScript, which handlers cannot.
        spawn(async move {
            // The host may have given the call up.
            let _ = done.send(acts::run(&name, &words).await);
        });
        let done = wait.await.map_err(LabError::failed)?;
        done.map_err(LabError::failed)
    }

    async fn wait(&self, name: String) {
        let _work = self.0.begin(&name);
        pending().await
    }

    async fn panic(&self) {
        panic!("as the test asked")
    }

    async fn numbers(&self, count: u32) -> IpcStream<u32> {
        IpcStream::of(stream::iter(1..=count))
    }
}
