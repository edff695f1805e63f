//! `twinbridge replay` as users run it, on a recording of the default app's interfaces.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::Arc,
};

use tempfile::TempDir;
use tokio::runtime::Runtime;
use twinbridge::{
    Backend, FrontendIpc, Recording, TokioExecutor,
    common::{
        interfaces::storage::{StorageClient, StorageServer},
        ipc::{BackendSocket, in_process},
        wire::Value,
    },
    handlers::storage::StorageHandler,
};

/// A recording of an empty `storage` in which a value is set and read.
fn record(folder: &Path, path: &Path) {
    let runtime = Runtime::new().unwrap();
    let _entered = runtime.enter();
    let socket = BackendSocket::default();
    let backend = Backend::over(socket.clone())
        .handler(StorageServer(StorageHandler::new(folder.join("storage"))))
        .build()
        .unwrap();
    let recorder = Recording::to(path).with_payloads().start(&socket).unwrap();
    let executor: Arc<dyn in_process::Executor> =
        Arc::new(TokioExecutor::new(runtime.handle().clone()));
    let page = in_process::connect(&socket, "main", &executor, None);
    runtime.block_on(async {
        let page = FrontendIpc::startup(page, Default::default())
            .await
            .unwrap();
        let storage: StorageClient = page.client().unwrap();
        storage.open("notes".into()).await.unwrap();
        let value = Value::from("dark");
        storage
            .set("notes".into(), "theme".into(), value)
            .await
            .unwrap();
        storage.get("notes".into(), "theme".into()).await.unwrap();
    });
    recorder.finish();
    drop(backend);
}

fn run(arguments: &[&str]) -> Output {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_twinbridge"));
    Command::new(program).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_exit_code_says_whether_a_recording_is_the_same_different_or_not_to_be_read() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a.recording");
    record(folder.path(), &path);
    let path = path.to_str().unwrap();
    let same = run(&["replay", path]);
    assert_eq!(same.status.code(), Some(0), "{}", text(&same.stdout));
    assert!(text(&same.stdout).ends_with("no differences\n"));

    // As one of an app with another name for the interface.
    let changed = fs::read_to_string(path)
        .unwrap()
        .replace("storage", "storages");
    let other = folder.path().join("other.recording");
    fs::write(&other, changed).unwrap();
    let different = run(&["replay", other.to_str().unwrap()]);
    assert_eq!(
        different.status.code(),
        Some(1),
        "{}",
        text(&different.stdout)
    );
    assert!(
        text(&different.stdout).contains("storages.set: "),
        "{}",
        text(&different.stdout)
    );

    fs::write(&other, "{}").unwrap();
    let none = run(&["replay", other.to_str().unwrap()]);
    assert_eq!(none.status.code(), Some(2));
    assert_eq!(
        text(&none.stderr),
        "twinbridge: this is no recording of Twinbridge: its first line does not say so\n"
    );
}
