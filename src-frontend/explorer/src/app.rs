//! The whole page: its parts, and the order in which it starts.
//!
//! The markup is there at once and fills in as the backend answers; nothing moves when it does.

use std::sync::Arc;

use futures_util::future::join;
use leptos::prelude::*;

use crate::{
    bench::{Bench, bench_page},
    connection::{Backend, Connection},
    dom,
    file::{self, Viewer},
    interface_list::interface_list,
    interface_page::interface_page,
    live::{Opened, Recorder, Watching, live_panel},
    method::{Desks, method_page},
    problem::Problem,
    route::{self, Route},
    service_list,
    status_bar::status_bar,
    verdict_panel::{Panel, verdict_panel},
};

/// Starts the session and gives the page that shows it.
pub(crate) fn app() -> impl IntoView {
    let connection = Connection::new();
    let viewer = Viewer::new();
    let panel = Panel::new();
    let bench = Bench::new();
    let desks = Desks::new();
    let recorder = Recorder::new();
    let route = route::current();
    let is_live_shown = RwSignal::new(true);
    let watching = Watching::new(recorder.clone());
    let recording = Opened::new(recorder.clone());
    let record = recorder.clone();
    twinbridge_frontend::spawn(async move {
        match connection.start(&record).await {
            Some(Backend::Session(opened)) => {
                bench.open(&opened.ipc);
                // However it was opened: by its path, a dialog, a drop, the command line.
                let ipc = opened.ipc.clone();
                Effect::new(move |_| {
                    let path = viewer.opened.get().map(|file| file.path);
                    if let Some(path) = path.filter(|path| path.ends_with(".recording")) {
                        let ipc = ipc.clone();
                        // It is shown there.
                        is_live_shown.set(true);
                        twinbridge_frontend::spawn(async move { recording.read(ipc, path).await });
                    }
                });
                let described = async {
                    connection.describe(opened.caller()).await;
                    dom::mark("described");
                    connection
                        .describe_services(Arc::clone(&opened.socket))
                        .await;
                };
                if dom::is_inspector() {
                    join(described, watching.inspect(&opened.ipc)).await;
                    // The app may be one without files.
                    if connection.has("files") {
                        viewer.start(&opened.ipc, opened.caller()).await;
                    }
                } else {
                    join(described, viewer.start(&opened.ipc, opened.caller())).await;
                    if connection.has("log") {
                        let ipc = opened.ipc.clone();
                        twinbridge_frontend::spawn(async move { watching.hear_log(&ipc).await });
                    }
                }
            }
            Some(Backend::Server(services)) => {
                viewer.problem.set(Some(Problem::no_session()));
                connection.describe_server(&services).await;
            }
            None => {}
        }
        dom::mark_ready_when_painted();
    });

    // The inspector's page is in any app; elsewhere the backend is made for this page.
    let has_tool = move |channel: &'static str| {
        Memo::new(move |_| !dom::is_inspector() || connection.hears_of(channel))
    };
    let [has_files, has_bench] = ["files", "bench"].map(has_tool);
    let has_no_tools = move || !has_files.get() && !has_bench.get();
    let is_files =
        Memo::new(move |_| has_files.get() && route.with(|route| *route == Route::Files));
    view! {
        {status_bar(connection, panel, recorder.clone(), is_live_shown)}
        <div
            class="layout"
            class:with-live=move || is_live_shown.get()
            class:inspects=move || watching.is_inspector.get()
        >
            <nav class="side" aria-label="Parts of the page">
                <h2 hidden=has_no_tools>"Tools"</h2>
                <ul class="links" hidden=has_no_tools>
                    <li hidden=move || !has_files.get()>
                        <a href=Route::Files.link() aria-current=move || current(is_files.get())>
                            <span class="name">"Files"</span>
                        </a>
                    </li>
                    <li hidden=move || !has_bench.get()>
                        <a
                            href=Route::Bench.link()
                            aria-current=move || {
                                current(route.with(|route| *route == Route::Bench))
                            }
                        >
                            <span class="name">"Bench"</span>
                        </a>
                    </li>
                </ul>
                {interface_list(connection, route)}
            </nav>
            <main class="content">
                // Kept while another part is shown, with the file that is open.
                {file::file_view(viewer, is_files)}
                {move || match route.get() {
                    Route::Files => (!has_files.get()).then(nothing_chosen),
                    Route::Bench => Some(bench_page(connection, bench)),
                    Route::Interface(channel) => Some(interface_page(connection, channel)),
                    Route::Method(channel, name) => {
                        Some(method_page(connection, desks, channel, name))
                    }
                    Route::Service(name) => {
                        Some(interface_page(connection, service_list::channel(&name)))
                    }
                    Route::Operation(name, operation) => {
                        let channel = service_list::channel(&name);
                        Some(method_page(connection, desks, channel, operation))
                    }
                }}
            </main>
            {live_panel(recorder, watching, recording, is_live_shown)}
        </div>
        {verdict_panel(connection, panel)}
    }
}

/// What the inspector shows first in an app without files.
fn nothing_chosen() -> AnyView {
    view! {
        <section class="page">
            <header class="page-head"><h1>"No interface is chosen"</h1></header>
            <p class="prose">
                "Choose one to see its methods and call them. What the windows of this app call, "
                "send and log is in the live list, as it happens."
            </p>
        </section>
    }
    .into_any()
}

/// Value of `aria-current` for a link.
pub(crate) fn current(is_current: bool) -> Option<&'static str> {
    is_current.then_some("page")
}
