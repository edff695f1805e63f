#[twinbridge_common::ipc_interface(channel = "notes", version = "1.0.0")]
pub trait Notes {
    async fn read(&self, name: &str) -> u8;
    async fn write(&self, id: u8) -> Result<String, twinbridge_common::ipc::NoError>;
}

struct Handler;

impl Notes for Handler {
    async fn read(&self, _: &str) -> u8 {
        7
    }

    async fn write(&self, _: u8) -> Result<String, twinbridge_common::ipc::NoError> {
        Ok(String::new())
    }
}

pub async fn use_all(
    backend: twinbridge_common::BackendIpc,
    frontend: twinbridge_common::FrontendIpc,
) {
    let _guard = backend.handle(NotesServer(Handler));
    let client: NotesClient = frontend.client().unwrap();
    let _: u8 = client.read("x").await.unwrap();
    let _: String = client.write(7).await.unwrap();
}

fn main() {}
