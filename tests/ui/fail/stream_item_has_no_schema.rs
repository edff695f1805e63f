use twinbridge_common::IpcStream;

#[derive(serde::Serialize, serde::Deserialize)]
pub struct Line(String);

#[twinbridge_common::ipc_interface(channel = "notes", version = "1.0.0")]
pub trait Notes {
    async fn read(&self) -> IpcStream<Line>;
}

fn main() {}
