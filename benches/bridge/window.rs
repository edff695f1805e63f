//! The window that both sides are measured in.

use std::sync::{Arc, Mutex, PoisonError};

use tauri::ipc::{InvokeBody, Request, Response};
use twinbridge::Backend;
use twinbridge_bench_page::contract::{BenchServer, Plan};

use crate::{
    handler::{BenchHandler, Results},
    report::Window,
};

#[tauri::command]
async fn echo_raw(request: Request<'_>) -> Result<Response, String> {
    match request.body() {
        InvokeBody::Raw(bytes) => Ok(Response::new(bytes.clone())),
        InvokeBody::Json(_) => Err("the body came as JSON".to_owned()),
    }
}

#[tauri::command]
fn echo_json(text: String) -> String {
    text
}

/// Opens the window, lets the page measure, and gives what came of it.
pub(crate) fn run(rounds: u32, with_memory: bool) -> Result<Window, String> {
    let results: Arc<Mutex<Results>> = Arc::default();
    let plan = Plan {
        rounds,
        single_calls: 400,
        bridge_calls: 100_000,
        invoke_calls: 3000,
        in_flight: 1000,
        memory_calls: if with_memory { 1_000_000 } else { 0 },
    };
    let handle: Arc<Mutex<Option<tauri::AppHandle>>> = Arc::default();
    let exit = Arc::clone(&handle);
    let handler = BenchHandler {
        plan,
        results: Arc::clone(&results),
        when_done: Box::new(move || {
            if let Some(app) = &*exit.lock().unwrap_or_else(PoisonError::into_inner) {
                app.exit(0);
            }
        }),
    };
    let backend = Backend::builder()
        .handler(BenchServer(handler))
        .build()
        .map_err(|error| error.to_string())?;
    let app = tauri::Builder::default()
        .plugin(twinbridge::plugin(backend))
        .invoke_handler(tauri::generate_handler![echo_raw, echo_json])
        .build(tauri::generate_context!("benches/tauri.conf.json"))
        .map_err(|error| error.to_string())?;
    *handle.lock().unwrap_or_else(PoisonError::into_inner) = Some(app.handle().clone());
    let code = app.run_return(|_, _| {});
    let results = results
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    match results.end {
        Some(Ok(())) => Ok(Window {
            rounds: results.rounds,
        }),
        Some(Err(problem)) => Err(problem),
        None => Err(format!(
            "the window closed with code {code} before the page was done"
        )),
    }
}
