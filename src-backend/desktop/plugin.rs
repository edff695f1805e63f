//! The bridge as a Tauri plugin.
//!
//! Registers our scheme, the init script and the rules of navigation, for every window of the
//! app it is added to. It defines no Tauri command, so it needs no permission file.

use std::{borrow::Cow, sync::Arc};

use tauri::{
    Context, Runtime, Url,
    http::{Method, Request, Response, StatusCode, header},
    plugin::{Builder, TauriPlugin},
    webview::PageLoadEvent,
};
use twinbridge_common::ipc::IpcHandler;

use super::{
    bodies::{self, Others},
    development::Development,
    init_script::{SCHEME, bridge_url, init_script},
    inspector, policy, webview,
};
use crate::{
    Backend,
    pipe::{Bridge, PostRefused, TokioExecutor},
};

/// The bridge for a Tauri app: add it with `tauri::Builder::plugin`.
///
/// Pages of the app's own origins speak to `backend`; the app's content security policy must
/// allow `connect-src twinbridge: http://twinbridge.localhost`, and the origins of remote services
/// ([`admit_remote_services`](crate::admit_remote_services)). Navigation to other origins is
/// refused.
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
    open(backend, Development::default())
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
    policy::admit_remote_services(&backend, context);
    open(backend, Development::of(context))
}

fn open<R: Runtime>(backend: Backend, development: Development) -> TauriPlugin<R> {
    with_bridge(backend, development, None, |invoke_key| Others::Open {
        invoke_key,
    })
    .0
}

/// The plugin of an app that has no other way for bytes into it than the bridge, and that bridge.
/// With `inspector`, which says what answers `host` to it, there is an inspector.
pub(super) fn closed<R: Runtime>(
    backend: Backend,
    development: Development,
    inspector: Option<Inspecting>,
) -> (TauriPlugin<R>, Arc<Bridge>) {
    with_bridge(backend, development, inspector, |_| Others::Closed)
}

/// The inspector of an app.
pub(super) struct Inspecting {
    /// What answers `host` to it where the app does not.
    pub(super) about: Arc<dyn IpcHandler>,
    /// Opens its window.
    pub(super) open: Arc<dyn Fn() + Send + Sync>,
}

fn with_bridge<R: Runtime>(
    backend: Backend,
    development: Development,
    inspecting: Option<Inspecting>,
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
    let (bridge, open_inspector) = match inspecting {
        Some(Inspecting { about, open }) => {
            (bridge.with_inspector(inspector::LABEL, about), Some(open))
        }
        None => (bridge, None),
    };
    let bridge = Arc::new(bridge);
    let origins = Origins {
        own: own_origins(&development),
        inspector: open_inspector.is_some().then(inspector::origin),
    };
    let (on_request, on_load, on_event, on_death) = (
        Arc::clone(&bridge),
        Arc::clone(&bridge),
        Arc::clone(&bridge),
        Arc::clone(&bridge),
    );
    let [at_setup, at_opening, at_loading, at_event] = [(); 4].map(|()| Arc::clone(&development));
    let (request_origins, navigation_origins) = (origins.clone(), origins.clone());
    let script = init_script(&key, &url, &origins.all(), backend.remote_services());
    let mut plugin = Builder::new(SCHEME);
    if open_inspector.is_some() {
        let scheme = inspector::SCHEME;
        plugin = plugin.register_uri_scheme_protocol(scheme, |context, request| {
            inspector::serve(context.webview_label(), request.uri().path())
        });
    }
    let plugin = plugin
        .setup(move |app, _| {
            at_setup.run(app);
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
            if let Err(error) = webview::prepare(&webview, page_gone, open_inspector.clone()) {
                tracing::warn!(%error, "the webview could not be prepared");
            }
        })
        .on_window_ready(move |window| at_opening.opened(&window))
        .on_page_load(move |webview, load| match load.event() {
            PageLoadEvent::Started => on_load.page_gone(webview.label()),
            PageLoadEvent::Finished => at_loading.loaded(webview),
        })
        .on_event(move |app, event| {
            at_event.heard(app, event);
            if let tauri::RunEvent::WindowEvent {
                label,
                event: tauri::WindowEvent::Destroyed,
                ..
            } = event
            {
                on_event.window_gone(label);
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

/// Origins of the app's own pages, as browsers spell them.
fn own_origins(development: &Development) -> Vec<String> {
    [
        "tauri://localhost",
        "http://tauri.localhost",
        "https://tauri.localhost",
    ]
    .into_iter()
    .chain(development.server())
    .map(str::to_owned)
    .collect()
}

/// The origins whose pages have a bridge, by window.
#[derive(Clone, Debug)]
struct Origins {
    /// Of the app's pages.
    own: Vec<String>,
    /// Of the inspector's page, where there is an inspector.
    inspector: Option<String>,
}

impl Origins {
    fn all(&self) -> Vec<String> {
        self.own.iter().chain(&self.inspector).cloned().collect()
    }

    /// Whether pages of `origin` may be in this window: the inspector's in its own and nowhere
    /// else, and no others there.
    fn admit(&self, window: &str, origin: &str) -> bool {
        match &self.inspector {
            Some(inspector) if window == inspector::LABEL => origin == inspector,
            _ => self.own.iter().any(|own| own == origin),
        }
    }

    /// Whether a window may show `url`. `about:blank` is what a window shows before its page.
    fn may_navigate(&self, window: &str, url: &Url) -> bool {
        url.as_str() == "about:blank" || self.admit(window, &origin(url)) || self.made(window, url)
    }

    /// Whether `url` is of what a page of the window holds itself: what it lets its user save.
    fn made(&self, window: &str, url: &Url) -> bool {
        let page = (url.scheme() == "blob").then(|| Url::parse(url.path()));
        page.and_then(Result::ok)
            .is_some_and(|page| self.admit(window, &origin(&page)))
    }
}

/// The origin of an address, as browsers spell it.
fn origin(url: &Url) -> String {
    let host = url.host_str().unwrap_or("");
    match url.port() {
        Some(port) => format!("{}://{host}:{port}", url.scheme()),
        None => format!("{}://{host}", url.scheme()),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_stay_on_the_apps_own_origins() {
        let origins = Origins {
            own: own_origins(&Development::default()),
            inspector: Some(inspector::origin()),
        };
        for (url, may) in [
            ("tauri://localhost/", true),
            ("tauri://localhost/index.html#/files", true),
            ("http://tauri.localhost/", true),
            ("about:blank", true),
            ("https://example.org/", false),
            ("http://tauri.localhost:8080/", false),
            ("http://tauri.localhost.example.org/", false),
            ("twinbridge://localhost/", false),
            ("data:text/html,hello", false),
            ("file:///etc/passwd", false),
        ] {
            let url = url.parse().unwrap();
            assert_eq!(origins.may_navigate("main", &url), may, "{url}");
        }
    }

    #[test]
    fn the_inspector_s_page_is_in_its_window_and_nowhere_else_and_nothing_else_is_there() {
        let mut origins = Origins {
            own: own_origins(&Development::default()),
            inspector: Some(inspector::origin()),
        };
        let page: Url = format!("{}/index.html", inspector::origin())
            .parse()
            .unwrap();
        let own: Url = "tauri://localhost/index.html".parse().unwrap();
        for (window, url, may) in [
            (inspector::LABEL, &page, true),
            (inspector::LABEL, &own, false),
            ("main", &page, false),
            ("main", &own, true),
        ] {
            assert_eq!(origins.may_navigate(window, url), may, "{window} {url}");
            assert_eq!(origins.admit(window, &origin(url)), may, "{window} {url}");
        }
        // Without an inspector its page is nowhere.
        origins.inspector = None;
        assert!(!origins.may_navigate(inspector::LABEL, &page));
        assert!(!origins.all().contains(&inspector::origin()));
    }
}
