pub struct IpcStream<T>(T);

#[twinbridge_common::ipc_notifications(channel = "notes", version = "1.0.0")]
pub trait Notes {
    fn written(&self, lines: IpcStream<String>);
}

fn main() {}
