//! The bridge as a Tauri plugin.
//!
//! Registers our scheme, the init script and the rules of navigation, for every window of the
//! app it is added to. It defines no Tauri command, so it needs no permission file.

mod builder;

use std::{borrow::Cow, sync::Arc};

use tauri::{
    Context, Manager as _, RunEvent, Runtime, WindowEvent,
    http::{Method, Request, Response, StatusCode, header},
    plugin::{Builder, TauriPlugin},
    webview::PageLoadEvent,
};

use super::{
    Inspector,
    bodies::{self, Others},
    development::Development,
    init_script::{SCHEME, bridge_url, init_script},
    inspector,
    origins::Origins,
    webview,
};
use crate::{
    Backend,
    pipe::{Bridge, PostRefused, TokioExecutor},
};

pub use builder::PluginBuilder;

/// The bridge for a Tauri app: add it with `tauri::Builder::plugin`.
///
/// Pages of the app's own origins speak to `backend`; the app's content security policy must
/// allow `connect-src twinbridge: http://twinbridge.localhost`, and the origins of remote services
/// ([`admit_remote_services`](crate::admit_remote_services)). Navigation to other origins is
/// refused. Debug builds have an [`Inspector`]; [`PluginBuilder`] has more to say.
///
/// ```no_run
/// use twinbridge::Backend;
///
/// fn app<R: tauri::Runtime>(builder: tauri::Builder<R>) -> Result<tauri::Builder<R>, twinbridge::BackendError> {
///     let backend = Backend::builder().build()?;
///     Ok(builder.plugin(twinbridge::plugin(backend)))
/// }
/// ```
#[must_use]
pub fn plugin<R: Runtime>(backend: Backend) -> TauriPlugin<R> {
    open(backend, Development::default(), Inspector::default())
}

/// [`plugin`] for the app that is built from `context`, whose policy admits the remote services
/// of the backend ([`admit_remote_services`](crate::admit_remote_services)).
///
/// A debug build also takes part in `cargo xtask dev`, and its pages may come from the development
/// server that `tauri.conf.json` names (`build.devUrl`); a release build forgets that server.
///
/// ```no_run
/// # fn run(backend: twinbridge::Backend, mut context: tauri::Context<tauri::Wry>) -> tauri::Result<()> {
/// tauri::Builder::default()
///     .plugin(twinbridge::plugin_for(backend, &mut context))
///     .run(context)
/// # }
/// ```
#[must_use]
pub fn plugin_for<R: Runtime>(backend: Backend, context: &mut Context<R>) -> TauriPlugin<R> {
    PluginBuilder::new(backend).build(context)
}

fn open<R: Runtime>(
    backend: Backend,
    development: Development,
    inspector: Inspector,
) -> TauriPlugin<R> {
    let others = |invoke_key| Others::Open { invoke_key };
    with_bridge(backend, development, inspector, others).0
}

/// The plugin of an app that has no other way for bytes into it than the bridge, and that bridge.
pub(super) fn closed<R: Runtime>(
    backend: Backend,
    development: Development,
    inspector: Inspector,
) -> (TauriPlugin<R>, Arc<Bridge>) {
    with_bridge(backend, development, inspector, |_| Others::Closed)
}

fn with_bridge<R: Runtime>(
    backend: Backend,
    development: Development,
    inspector: Inspector,
    others: impl FnOnce(String) -> Others + Send + 'static,
) -> (TauriPlugin<R>, Arc<Bridge>) {
    let [key, path] = random();
    let url = bridge_url(&path);
    let executor = TokioExecutor::new(tauri::async_runtime::handle().inner().clone());
    let backend = Arc::new(backend);
    let windows = Arc::clone(&backend);
    let development = Arc::new(development);
    let on_greeting = Arc::clone(&development);
    let bridge = Bridge::new(backend.socket().clone(), executor, key, move |window| {
        on_greeting.greeted(window);
        windows.allowed(window)
    });
    let bridge = Arc::new(bridge);
    let has_inspector = inspector.is_on();
    let origins = Origins::of(&development, has_inspector);
    let [on_setup, on_request, on_load, on_event, on_death] = [(); 5].map(|()| Arc::clone(&bridge));
    let [at_setup, at_opening, at_loading, at_event] = [(); 4].map(|()| Arc::clone(&development));
    let (request_origins, navigation_origins) = (origins.clone(), origins.clone());
    let script = init_script(&key, &url, &origins.all(), backend.remote_services());
    let mut plugin = Builder::new(SCHEME);
    if has_inspector {
        let scheme = inspector::SCHEME;
        plugin = plugin.register_uri_scheme_protocol(scheme, |context, request| {
            inspector::serve(context.webview_label(), request.uri().path())
        });
    }
    let plugin = plugin
        .setup(move |app, _| {
            at_setup.run(app);
            if has_inspector {
                inspector::set_up(app, &on_setup)?;
            }
            bodies::guard(url, others(app.invoke_key().to_owned()));
            Ok(())
        })
        .js_init_script(script)
        .register_asynchronous_uri_scheme_protocol(SCHEME, move |context, request, responder| {
            let window = context.webview_label();
            answer(&on_request, window, &request_origins, request, |response| {
                responder.respond(response);
            });
        })
        .on_navigation(move |webview, url| {
            let own = navigation_origins.may_navigate(webview.label(), url);
            if !own {
                tracing::warn!(window = webview.label(), %url, "navigation to a foreign origin was refused");
            }
            own
        })
        .on_webview_ready(move |webview| {
            let (bridge, window) = (Arc::clone(&on_death), webview.label().to_owned());
            let page_gone = move || {
                let has_greeted = bridge.has_page(&window);
                bridge.page_gone(&window);
                (!bridge.is_closed()).then_some(has_greeted)
            };
            let open = has_inspector.then(|| inspector::opener(webview.app_handle()));
            if let Err(error) = webview::prepare(&webview, page_gone, open) {
                tracing::warn!(%error, "the webview could not be prepared");
            }
        })
        .on_window_ready(move |window| {
            at_opening.opened(&window);
            if has_inspector {
                inspector::add_to_menu_of(&window);
            }
        })
        .on_page_load(move |webview, load| match load.event() {
            PageLoadEvent::Started => on_load.page_gone(webview.label()),
            PageLoadEvent::Finished => at_loading.loaded(webview),
        })
        .on_event(move |app, event| {
            at_event.heard(app, event);
            match event {
                RunEvent::MenuEvent(chosen) => inspector::chosen(app, chosen.id()),
                RunEvent::WindowEvent {
                    label,
                    event: WindowEvent::Destroyed,
                    ..
                } => on_event.window_gone(label),
                _ => {}
            }
        })
        .on_drop(move |_| drop(backend))
        .build();
    (plugin, bridge)
}

/// Random bytes, twice.
fn random() -> [[u8; 16]; 2] {
    [(); 2].map(|()| {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).expect("the operating system has a random generator");
        bytes
    })
}

/// Answers one request to our scheme, now or when the bridge has something to say.
fn answer(
    bridge: &Bridge,
    window: &str,
    origins: &Origins,
    request: Request<Vec<u8>>,
    respond: impl FnOnce(Response<Cow<'static, [u8]>>) + Send + 'static,
) {
    let origin = request
        .headers()
        .get(header::ORIGIN)
        .and_then(|origin| origin.to_str().ok());
    let Some(origin) = origin.filter(|origin| origins.admit(window, origin)) else {
        tracing::warn!(
            window,
            origin = origin.unwrap_or("none"),
            "a foreign page was refused"
        );
        return respond(refusal(
            StatusCode::FORBIDDEN,
            "this origin may not use the bridge",
            "",
        ));
    };
    let origin = origin.to_owned();
    if request.method() != Method::POST {
        return respond(refusal(
            StatusCode::METHOD_NOT_ALLOWED,
            "the bridge takes POST",
            &origin,
        ));
    }
    // Taken by whichever comes first: the bridge's answer, or its refusal below.
    let respond = Arc::new(std::sync::Mutex::new(Some(respond)));
    let take = {
        let respond = Arc::clone(&respond);
        move || {
            respond
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner)
                .take()
        }
    };
    let answer = {
        let (take, origin) = (take.clone(), origin.clone());
        move |body: Vec<u8>| {
            if let Some(respond) = take() {
                respond(response(StatusCode::OK, body.into(), &origin));
            }
        }
    };
    if let Err(refused) = bridge.exchange(window, request.into_body(), answer) {
        let status = match refused {
            PostRefused::BadBatch(_) => StatusCode::BAD_REQUEST,
            PostRefused::WrongKey => StatusCode::FORBIDDEN,
        };
        if let Some(respond) = take() {
            respond(refusal(status, &refused.to_string(), &origin));
        }
    }
}

fn refusal(status: StatusCode, why: &str, origin: &str) -> Response<Cow<'static, [u8]>> {
    response(status, why.as_bytes().to_vec().into(), origin)
}

fn response(
    status: StatusCode,
    body: Cow<'static, [u8]>,
    origin: &str,
) -> Response<Cow<'static, [u8]>> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    if let Ok(origin) = header::HeaderValue::from_str(origin)
        && !origin.is_empty()
    {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
    headers.insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static("application/octet-stream"),
    );
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        header::HeaderValue::from_static("nosniff"),
    );
    response
}
