//! The page of the benchmark.
//!
//! Makes the same calls over the bridge and over Tauri's `invoke`, in turns, and checks every
//! answer. It starts by itself and reports through its own contract.

pub mod contract;
mod flow;
mod invoke;
mod latency;
mod measure;

use twinbridge_common::ipc::Declared;
use twinbridge_frontend::{FrontendIpc, connect, spawn};
use wasm_bindgen::prelude::*;

use contract::{BenchClient, BenchInterface};

/// Starts the page.
///
/// # Errors
/// Where no host shows the page.
#[wasm_bindgen(start)]
pub fn start() -> Result<(), JsValue> {
    let socket = connect().map_err(|error| JsValue::from_str(&error.to_string()))?;
    spawn(async move {
        let declared = Declared::default().interface::<BenchInterface>();
        match FrontendIpc::startup(socket, declared).await {
            Ok(ipc) => match ipc.client::<BenchClient>() {
                Ok(client) => run(&ipc, client).await,
                Err(error) => invoke::complain(&error.to_string()),
            },
            Err(error) => invoke::complain(&error.to_string()),
        }
    });
    Ok(())
}

async fn run(ipc: &FrontendIpc, client: BenchClient) {
    let problem = measure::all(ipc, &client).await.err();
    if let Err(error) = client.done(problem).await {
        invoke::complain(&error.to_string());
    }
}
