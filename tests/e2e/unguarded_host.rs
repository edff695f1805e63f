//! The default app without its content security policy, and with pages of its own.
//!
//! For window tests only: what the policy of the default app forbids, this host must survive by
//! itself. `--page` is what its window shows instead of the app's page, `--second` what a second
//! window shows.

#![cfg(target_os = "linux")]

use std::{borrow::Cow, path::PathBuf, process::ExitCode};

use clap::Parser;
use tauri::{
    Assets, Wry,
    utils::{
        assets::{AssetKey, AssetsIter, CspHash},
        config::{WebviewUrl, WindowConfig},
    },
};
use twinbridge::{
    Host, HostError,
    common::{
        interfaces::{files::FilesServer, host::AppHostServer},
        ipc::BackendSocket,
    },
    handlers::{
        files::FilesHandler,
        host::{AppFacts, HostHandler},
    },
};

#[derive(Debug, Parser)]
struct Arguments {
    #[arg(long)]
    data_dir: PathBuf,
    #[arg(long)]
    page: Option<String>,
    #[arg(long)]
    second: Option<String>,
}

fn main() -> Result<ExitCode, HostError> {
    let arguments = Arguments::parse();
    if let Err(error) = twinbridge::log::start(&arguments.data_dir.join("logs")) {
        eprintln!("no log file: {error}");
    }
    let socket = BackendSocket::default();
    let facts = AppFacts {
        name: "Twinbridge".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        data_dir: arguments.data_dir,
        webview: None,
    };
    let mut context: tauri::Context = tauri::generate_context!();
    let app = &mut context.config_mut().app;
    app.security.csp = None;
    if let Some(page) = arguments.page {
        for window in &mut app.windows {
            window.url = WebviewUrl::App(page.clone().into());
        }
    }
    if let Some(page) = arguments.second {
        app.windows.push(WindowConfig {
            label: "second".to_owned(),
            title: "Second".to_owned(),
            url: WebviewUrl::App(page.into()),
            create: false,
            ..WindowConfig::default()
        });
    }
    let app = context.set_assets(Box::new(Nothing));
    context.set_assets(Box::new(Pages { app }));
    Host::over(socket.clone())
        .handler(AppHostServer(HostHandler::new(socket, facts)))
        .handler(FilesServer(FilesHandler::new(None)))
        .run(context)
}

/// What a page of this host says of itself: it asks for `/says/…`, and the host logs it.
const SAYS: &str = "/says/";

/// The app's files, and the pages of this host.
struct Pages {
    app: Box<dyn Assets<Wry>>,
}

impl Assets<Wry> for Pages {
    fn setup(&self, app: &tauri::App<Wry>) {
        self.app.setup(app);
    }

    fn get(&self, key: &AssetKey) -> Option<Cow<'_, [u8]>> {
        if let Some(words) = key.as_ref().strip_prefix(SAYS) {
            tracing::info!(words, "a page says");
            return Some(Cow::Borrowed(b"heard"));
        }
        let script = match key.as_ref() {
            "/bare.html" => "",
            "/loop.html" => "say('looping'); for (;;);",
            "/alert.html" => "say('alerting'); for (;;) alert('again');",
            "/flood.html" => {
                "say('flooding');
                 const post = () => fetch('/x', { method: 'POST', body: new Blob(['x']) });
                 const posts = Array.from({ length: 100_000 }, post);
                 Promise.allSettled(posts).then(() => say('flooded'));"
            }
            _ => return self.app.get(key),
        };
        let say = "const say = words => {
            const request = new XMLHttpRequest();
            request.open('GET', '/says/' + words, false);
            request.send();
        };";
        Some(Cow::Owned(
            format!("<!doctype html><title>page</title><script>{say}{script}</script>")
                .into_bytes(),
        ))
    }

    fn iter(&self) -> Box<AssetsIter<'_>> {
        self.app.iter()
    }

    fn csp_hashes(&self, html_path: &AssetKey) -> Box<dyn Iterator<Item = CspHash<'_>> + '_> {
        self.app.csp_hashes(html_path)
    }
}

/// Stands in for the app's files while they are taken out of the context.
struct Nothing;

impl Assets<Wry> for Nothing {
    fn get(&self, _key: &AssetKey) -> Option<Cow<'_, [u8]>> {
        None
    }

    fn iter(&self) -> Box<AssetsIter<'_>> {
        Box::new(std::iter::empty())
    }

    fn csp_hashes(&self, _html_path: &AssetKey) -> Box<dyn Iterator<Item = CspHash<'_>> + '_> {
        Box::new(std::iter::empty())
    }
}
