//! The same `files` in a Tauri app of its own making, with the bridge as a plugin.
//!
//! Its windows have a menu, in which the app has put the entry for the inspector itself. Paths of
//! `Works` open windows here as any Tauri app does, past what a host would refuse.

use std::{
    process::ExitCode,
    sync::{Arc, OnceLock},
};

use tauri::{
    AppHandle, Context, Manager as _, WebviewUrl, WebviewWindowBuilder, Wry,
    menu::{Menu, MenuBuilder, SubmenuBuilder},
};
use twinbridge::{
    Backend,
    common::{
        interfaces::{files::FilesServer, host::AppHostServer},
        ipc::BackendSocket,
    },
    handlers::host::{AppFacts, HostHandler},
};

use crate::{
    Arguments,
    works::{Shell, Works},
};

/// Runs the app.
pub(crate) fn run(
    arguments: Arguments,
    socket: BackendSocket,
    facts: AppFacts,
    mut context: Context<Wry>,
) -> ExitCode {
    let shell = Opener::default();
    let works = Works::new(arguments.file, shell.clone());
    let backend =
        Backend::over(socket.clone()).handler(AppHostServer(HostHandler::new(socket, facts)));
    let backend = match arguments.no_files {
        true => backend,
        false => backend.handler(FilesServer(works)),
    };
    let backend = match backend.build() {
        Ok(backend) => backend,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let ran = tauri::Builder::default()
        .plugin(twinbridge::plugin_for(backend, &mut context))
        .menu(menu)
        .setup(move |app| {
            let app = app.handle();
            // It was just made, and this runs once.
            let _ = shell.0.set(app.clone());
            log_menus(app)?;
            if arguments.inspector_first {
                let app = app.clone();
                tauri::async_runtime::spawn(async move {
                    if let Err(error) = twinbridge::open_inspector(&app).await {
                        tracing::error!(%error, "the inspector did not open");
                    }
                });
            } else {
                open(app, "main", None)?;
            }
            Ok(())
        })
        .run(context);
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn menu(app: &AppHandle<Wry>) -> tauri::Result<Menu<Wry>> {
    let test = SubmenuBuilder::new(app, "Test")
        .text("nothing", "Do nothing")
        .text(twinbridge::INSPECTOR_ITEM, "Look inside")
        .build()?;
    MenuBuilder::new(app).item(&test).build()
}

/// Logs which menus the windows have, those that plugins have added among them.
fn log_menus(app: &AppHandle<Wry>) -> tauri::Result<()> {
    let items = match app.menu() {
        Some(menu) => menu.items()?,
        None => Vec::new(),
    };
    let submenus = items.iter().filter_map(|item| item.as_submenu());
    let names: Vec<_> = submenus.map(|menu| menu.text()).collect::<Result<_, _>>()?;
    tracing::info!("menus: {}.", names.join(", "));
    Ok(())
}

/// The windows of an app, once it is set up.
#[derive(Clone, Default)]
struct Opener(Arc<OnceLock<AppHandle<Wry>>>);

impl Shell for Opener {
    fn window(&self, words: &[&str]) -> Option<Result<Vec<String>, String>> {
        let app = self.0.get()?;
        let done = match *words {
            ["open", label] => open(app, label, None),
            ["open", label, "as", title] => open(app, label, Some(title)),
            _ => return None,
        };
        let done = done.map_err(|error| error.to_string());
        Some(done.map(|()| app.webview_windows().into_keys().collect()))
    }
}

/// Opens a window on the app's first page.
fn open(app: &AppHandle<Wry>, label: &str, title: Option<&str>) -> tauri::Result<()> {
    let mut configured = app.config().app.windows.iter();
    let window = match configured.find(|window| window.label == label) {
        Some(config) => WebviewWindowBuilder::from_config(app, config)?,
        None => WebviewWindowBuilder::new(app, label, WebviewUrl::default()),
    };
    let window = match title {
        Some(title) => window.title(title),
        None => window,
    };
    window.build().map(drop)
}
