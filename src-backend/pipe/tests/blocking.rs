//! A handler that blocks where it should not: its call is stopped in time, and others go on.

use std::{
    sync::{Arc, Mutex, mpsc},
    time::Duration,
};

use twinbridge_common::{
    FrontendIpc,
    ipc::{
        BackendIpc, BackendSocket, CallError, Declared, Refusal,
        in_process::{self, Executor},
    },
    ipc_interface,
};

use crate::TokioExecutor;

/// Does what no handler should.
#[ipc_interface(channel = "blocks", version = "1.0.0")]
trait Blocks {
    /// Blocks the thread it runs on until the test lets it go.
    #[deadline(ms = 50)]
    async fn block(&self);
    /// Does so on the pool, where that harms nobody.
    #[blocking]
    #[deadline(ms = 50)]
    fn block_in_pool(&self);
    /// Is done at once.
    async fn pass(&self) -> u32;
}

struct Blocker(Mutex<mpsc::Receiver<()>>);

impl Blocks for Blocker {
    async fn block(&self) {
        self.block_in_pool();
    }

    fn block_in_pool(&self) {
        // Nobody else waits for this lock: one call blocks at a time.
        let _ = self.0.lock().unwrap().recv();
    }

    async fn pass(&self) -> u32 {
        7
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_handler_that_blocks_loses_its_call_and_keeps_nobody_else_waiting() {
    let socket = BackendSocket::default();
    let (free, blocked) = mpsc::channel();
    let _guard = BackendIpc::startup(socket.clone())
        .handle(BlocksServer(Blocker(Mutex::new(blocked))))
        .unwrap();
    let executor: Arc<dyn Executor> =
        Arc::new(TokioExecutor::new(tokio::runtime::Handle::current()));
    let connect = async |window| {
        let end = in_process::connect(&socket, window, &executor, None);
        let page = FrontendIpc::startup(end, Declared::default())
            .await
            .unwrap();
        page.client::<BlocksClient>().unwrap()
    };
    let (blocks, other) = (connect("main").await, connect("other").await);
    for in_pool in [false, true] {
        let call = async {
            if in_pool {
                blocks.block_in_pool().await
            } else {
                blocks.block().await
            }
        };
        let stopped = tokio::time::timeout(Duration::from_secs(60), call);
        let (stopped, own, others) = tokio::join!(stopped, blocks.pass(), other.pass());
        assert!(matches!(
            stopped.unwrap(),
            Err(CallError::Refused(Refusal::Deadline { after_ms: 50 }))
        ));
        assert_eq!((own.unwrap(), others.unwrap()), (7, 7));
        free.send(()).unwrap();
        assert_eq!(blocks.pass().await.unwrap(), 7);
    }
}
