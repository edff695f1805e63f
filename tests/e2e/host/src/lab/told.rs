//! What the host tells pages without being asked twice.

use std::sync::Arc;

use twinbridge::{
    Bytes, CallError,
    common::ipc::{BackendSocket, IpcSocketBackend as _, NotificationSender, Origin, PipeError},
};
use twinbridge_lab_page::{
    board::Board,
    contract::{LabError, LabEventsSender},
};

/// Tells every page the numbers from 1 as soon as its handshake is over.
pub(crate) fn at_greeting(socket: &BackendSocket, count: u32) {
    let sessions = socket.clone();
    socket.observe_handshakes(move |origin: &Origin, _| {
        let mut sessions = sessions.sessions().into_iter();
        let Some(session) = sessions.find(|session| session.origin() == origin) else {
            return;
        };
        let events = LabEventsSender::new(NotificationSender::new(Arc::new(session)));
        let number = origin.session;
        tokio::spawn(async move {
            for told in 1..=count {
                // The welcome leaves after this was called, and nothing can be told before it.
                while let Err(CallError::Pipe(PipeError::NotValid)) =
                    events.told(number, told, Bytes::default()).await
                {
                    tokio::task::yield_now().await;
                }
            }
        });
    });
}

/// Tells the numbers from 1, in both kinds of notifications, without waiting for room.
pub(crate) fn all(events: &LabEventsSender, count: u32, len: u32) -> Result<(), LabError> {
    let filling = Bytes::from(vec![0x5A; len as usize]);
    for number in 1..=count {
        let told = events.told(0, number, filling.clone());
        told.now().map_err(LabError::failed)?;
        let newest = events.newest(0, number);
        newest.now().map_err(LabError::failed)?;
    }
    Ok(())
}

/// Tells session `session` the numbers from 1 as fast as they are taken, until `name` is released.
pub(crate) async fn flood(
    board: &Board,
    events: &LabEventsSender,
    session: u64,
    name: &str,
    len: u32,
) -> Result<(), LabError> {
    let filling = Bytes::from(vec![0x5A; len as usize]);
    let work = board.begin(name);
    let tell = async {
        for number in 1.. {
            let told = events.told(session, number, filling.clone());
            told.await.map_err(LabError::failed)?;
            let newest = events.newest(session, number);
            newest.await.map_err(LabError::failed)?;
            // Where there is room, nothing above waits, and others run on this thread, too.
            if number % 16 == 0 {
                tokio::task::yield_now().await;
            }
        }
        Ok(())
    };
    tokio::select! {
        told = tell => told,
        () = board.released(name) => {
            work.done();
            Ok(())
        }
    }
}
