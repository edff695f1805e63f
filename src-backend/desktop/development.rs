//! The edit loop as the app sees it: pages from the disk, a development server, and orders from
//! `cargo xtask dev`.
//!
//! In debug builds only. A release build looks at no variable of the environment for it, and
//! forgets the development server that its configuration names.

mod link;
mod pages;
mod place;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tauri::{
    AppHandle, Context, Manager as _, RunEvent, Runtime, Webview, Window, WindowEvent,
    utils::config::BuildConfig,
};

use link::{Link, News, Order};
use pages::Pages;
use place::Place;

/// Puts the compiler's words over the page.
const OVERLAY: &str = include_str!("development/overlay.js");

/// What a debug build has of the edit loop; nothing of it in a release build.
#[derive(Debug, Default)]
pub(super) struct Development {
    loop_: Option<Arc<EditLoop>>,
    server: Option<String>,
}

/// The app's end of an edit loop.
#[derive(Debug)]
struct EditLoop {
    link: Link,
    /// Where windows were before the backend was built again. Taken by each as it opens.
    places: Mutex<HashMap<String, Place>>,
    /// What does not compile.
    problem: Mutex<Option<String>>,
}

impl Development {
    /// That of the app of `context`, whose pages come from the disk from here on if an edit loop
    /// asks for it.
    pub(super) fn of<R: Runtime>(context: &mut Context<R>) -> Self {
        let is_debug = cfg!(debug_assertions);
        let server = server(&mut context.config_mut().build, is_debug);
        if !is_debug {
            return Self::default();
        }
        let loop_ = match Link::from_environment() {
            Ok(link) => link.map(|(link, begin)| {
                if let Some(folder) = begin.page {
                    Pages::take_over(context, folder);
                }
                Arc::new(EditLoop {
                    link,
                    places: Mutex::new(begin.windows),
                    problem: Mutex::default(),
                })
            }),
            Err(error) => {
                tracing::warn!(%error, "the edit loop is not there any more");
                None
            }
        };
        Self { loop_, server }
    }

    /// The origin of the development server that pages come from, as browsers spell it.
    pub(super) fn server(&self) -> Option<&str> {
        self.server.as_deref()
    }

    /// Does what the edit loop orders, from here on.
    pub(super) fn run<R: Runtime>(&self, app: &AppHandle<R>) {
        let Some(loop_) = &self.loop_ else {
            return;
        };
        let (obeying, app) = (Arc::clone(loop_), app.clone());
        let end = app.clone();
        loop_.link.listen(
            move |order| obeying.obey(&app, order),
            // Whoever started this app is gone.
            move || end.exit(0),
        );
    }

    /// A page has greeted from a window.
    pub(super) fn greeted(&self, window: &str) {
        if let Some(loop_) = &self.loop_ {
            let window = window.to_owned();
            loop_.link.tell(&News::Greeted { window });
        }
    }

    /// A window has opened.
    pub(super) fn opened<R: Runtime>(&self, window: &Window<R>) {
        if let Some(place) = self.loop_.as_ref().and_then(|it| it.place(window.label()))
            && let Err(error) = place.give_to(window)
        {
            tracing::warn!(%error, "the window is not where it was");
        }
    }

    /// A page has been loaded into a window.
    pub(super) fn loaded<R: Runtime>(&self, webview: &Webview<R>) {
        let Some(loop_) = &self.loop_ else {
            return;
        };
        if let Some(route) = locked(&loop_.places)
            .get(webview.label())
            .and_then(Place::route)
        {
            // Takes effect before the module of the page has come.
            show(webview.eval(format!("if (!location.hash) location.replace({route});")));
        }
        locked(&loop_.places).remove(webview.label());
        if let Some(text) = &*locked(&loop_.problem) {
            show(webview.eval(overlay(Some(text))));
        }
    }

    /// Something has happened to a window.
    pub(super) fn heard<R: Runtime>(&self, app: &AppHandle<R>, event: &RunEvent) {
        if let Some(loop_) = &self.loop_
            && let RunEvent::WindowEvent {
                label,
                event: WindowEvent::Moved(_) | WindowEvent::Resized(_),
                ..
            } = event
        {
            loop_.tell_place(app, label);
        }
    }
}

impl EditLoop {
    fn obey<R: Runtime>(&self, app: &AppHandle<R>, order: Order) {
        match order {
            Order::Reload => {
                *locked(&self.problem) = None;
                for webview in app.webview_windows().into_values() {
                    show(webview.reload());
                }
            }
            Order::Problem { text } => {
                for webview in app.webview_windows().into_values() {
                    show(webview.eval(overlay(Some(&text))));
                }
                *locked(&self.problem) = Some(text);
            }
            Order::Fine => {
                *locked(&self.problem) = None;
                for webview in app.webview_windows().into_values() {
                    show(webview.eval(overlay(None)));
                }
            }
            Order::End => {
                for label in app.webview_windows().into_keys() {
                    self.tell_place(app, &label);
                }
                app.exit(0);
            }
        }
    }

    fn place(&self, window: &str) -> Option<Place> {
        locked(&self.places).get(window).cloned()
    }

    fn tell_place<R: Runtime>(&self, app: &AppHandle<R>, label: &str) {
        let Some(webview) = app.webview_windows().remove(label) else {
            return;
        };
        if let Ok(place) = Place::of(&webview) {
            let window = label.to_owned();
            self.link.tell(&News::Place { window, place });
        }
    }
}

/// The origin of the development server that the configuration names. A release build forgets it:
/// whoever has that port on a user's machine would be the app's page.
fn server(build: &mut BuildConfig, is_debug: bool) -> Option<String> {
    if !is_debug {
        build.dev_url = None;
    }
    let url = build.dev_url.as_ref()?;
    Some(url.origin().ascii_serialization())
}

/// The script that shows `problem` over a page, or takes away what was shown.
fn overlay(problem: Option<&str>) -> String {
    // JSON is JavaScript, also where a text has line separators.
    format!("({OVERLAY})({});", serde_json::json!(problem))
}

/// A window may close while something is done to it.
fn show(done: tauri::Result<()>) {
    if let Err(error) = done {
        tracing::debug!(%error, "a window does not show what the edit loop wants");
    }
}

fn locked<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_build_knows_no_development_server() {
        let named = || BuildConfig {
            dev_url: Some("http://localhost:5173/app/".parse().unwrap()),
            ..BuildConfig::default()
        };
        let (mut debug, mut release) = (named(), named());
        let origin = server(&mut debug, true);
        assert_eq!(origin.as_deref(), Some("http://localhost:5173"));
        assert_eq!(server(&mut release, false), None);
        // Tauri would load it otherwise, since cargo's own release build is no bundle to it.
        assert_eq!(release.dev_url, None);
        assert_eq!(server(&mut BuildConfig::default(), true), None);
    }

    #[test]
    fn what_the_compiler_says_is_text_to_the_page_and_no_script() {
        let script = overlay(Some("error: `\"</script>\u{2028}`"));
        assert!(
            script.ends_with("(\"error: `\\\"</script>\u{2028}`\");"),
            "{script}"
        );
        assert!(overlay(None).ends_with("(null);"));
    }
}
