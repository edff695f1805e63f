//! The window that both sides are measured in.

use std::sync::{Arc, Mutex, PoisonError, atomic::AtomicBool};

use tauri::ipc::{Channel, InvokeBody, InvokeResponseBody, Request, Response};
use twinbridge::{
    Backend,
    common::ipc::{BackendSocket, NotificationSender},
};
use twinbridge_bench_page::contract::{BenchEventsSender, BenchServer, Plan};

use crate::{
    handler::{BenchHandler, Results, numbered},
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

#[tauri::command]
async fn chunk() -> Response {
    Response::new(vec![0x5A; 1024 * 1024])
}

#[tauri::command]
async fn channel_raw(channel: Channel<InvokeResponseBody>, count: u32) -> Result<(), String> {
    for number in 0..count {
        let bytes = numbered(number, 64).to_vec();
        send(&channel, InvokeResponseBody::Raw(bytes))?;
    }
    Ok(())
}

#[tauri::command]
async fn channel_json(channel: Channel<String>, count: u32) -> Result<(), String> {
    for number in 0..count {
        send(&channel, format!("{number:064}"))?;
    }
    Ok(())
}

#[tauri::command]
async fn pace_channel(channel: Channel<u32>, count: u32) -> Result<(), String> {
    let mut pace = tokio::time::interval(std::time::Duration::from_millis(1));
    for number in 0..count {
        pace.tick().await;
        send(&channel, number)?;
    }
    Ok(())
}

fn send<T: tauri::ipc::IpcResponse>(channel: &Channel<T>, message: T) -> Result<(), String> {
    channel.send(message).map_err(|error| error.to_string())
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
        bridge_messages: 200_000,
        channel_messages: 3000,
        chunks: 64,
        large_echoes: 4,
        // At least 10 000 probes per side in all rounds.
        paced_calls: 12_000_u32.div_ceil(rounds),
        stall_ms: if with_memory { 60_000 } else { 5000 },
        memory_messages: if with_memory { 2_000_000 } else { 0 },
        memory_calls: if with_memory { 1_000_000 } else { 0 },
    };
    let handle: Arc<Mutex<Option<tauri::AppHandle>>> = Arc::default();
    let exit = Arc::clone(&handle);
    let socket = BackendSocket::default();
    let handler = BenchHandler {
        plan,
        events: BenchEventsSender::new(NotificationSender::new(Arc::new(socket.clone()))),
        app: Arc::clone(&handle),
        probe: Mutex::default(),
        watch: Mutex::default(),
        is_flooding: AtomicBool::new(false),
        results: Arc::clone(&results),
        when_done: Box::new(move || {
            if let Some(app) = &*exit.lock().unwrap_or_else(PoisonError::into_inner) {
                app.exit(0);
            }
        }),
    };
    let backend = Backend::over(socket)
        .handler(BenchServer(handler))
        .build()
        .map_err(|error| error.to_string())?;
    let app = tauri::Builder::default()
        .plugin(twinbridge::plugin(backend))
        .invoke_handler(tauri::generate_handler![
            echo_raw,
            echo_json,
            chunk,
            channel_raw,
            channel_json,
            pace_channel
        ])
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
            bridge_waits: results.bridge_waits,
            invoke_waits: results.invoke_waits,
        }),
        Some(Err(problem)) => Err(problem),
        None => Err(format!(
            "the window closed with code {code} before the page was done"
        )),
    }
}
