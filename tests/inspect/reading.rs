//! Recordings that a page reads from the disk.

use std::fs;

use twinbridge::{
    Backend, CallError, FrontendIpc, Recording,
    common::{
        interfaces::recordings::{
            RecordingError, RecordingsClient, RecordingsInterface, RecordingsServer,
        },
        ipc::{Declared, in_process},
    },
    handlers::recordings::RecordingsHandler,
};

use crate::app::App;

async fn read(client: &RecordingsClient, path: &str) -> Result<Vec<u8>, CallError<RecordingError>> {
    let mut pieces = client.read(path.to_owned()).await?;
    let mut bytes = Vec::new();
    while let Some(piece) = pieces.next().await {
        bytes.extend_from_slice(&piece?);
    }
    Ok(bytes)
}

#[test]
fn a_page_reads_recordings_whole_and_nothing_else() {
    let app = App::new();
    let path = app.path();
    app.record(Recording::to(&path).with_payloads(), async |notes| {
        let big = notes.bytes(1_000_000).await.unwrap();
        assert_eq!(big.len(), 1_000_000);
    });
    let backend = Backend::builder()
        .handler(RecordingsServer(RecordingsHandler))
        .build()
        .unwrap();
    let page = in_process::connect(backend.socket(), "main", &app.executor(), None);
    app.runtime.block_on(async {
        let declared = Declared::default().interface::<RecordingsInterface>();
        let page = FrontendIpc::startup(page, declared).await.unwrap();
        let client: RecordingsClient = page.client().unwrap();
        let bytes = read(&client, path.to_str().unwrap()).await.unwrap();
        assert_eq!(bytes, fs::read(&path).unwrap());
        fs::write(&path, "root:x:0:0\n").unwrap();
        for (path, problem) in [
            (path.to_str().unwrap(), "its first line does not say so"),
            ("/nowhere/at.all", "No such file"),
            ("/", "it is no file"),
        ] {
            let error = read(&client, path).await.unwrap_err();
            let words = match error {
                CallError::App(error) => error.to_string(),
                other => panic!("{other:?}"),
            };
            assert!(
                words.starts_with(&format!("`{path}` cannot be shown: ")),
                "{words}"
            );
            assert!(words.contains(problem), "{words}");
        }
    });
}
