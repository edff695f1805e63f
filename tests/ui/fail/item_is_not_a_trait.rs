#[twinbridge_common::ipc_interface(channel = "notes", version = "1.0.0")]
pub struct Notes;

fn main() {}
