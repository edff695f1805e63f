//! What the page asks of the browser besides markup: its element, timers, reload, the ready mark.
//!
//! Everything that names the document or the window stands here or is a Leptos event. Nothing in
//! it may be called natively, where there is no browser.

use std::time::Duration;

use futures_channel::oneshot;
use leptos::prelude::{IntoView, document, location, request_animation_frame, set_timeout};
use wasm_bindgen::JsCast as _;
use web_sys::HtmlElement;

/// Longest wait for a frame: a page that is not visible is given none.
const LONGEST_FRAME: Duration = Duration::from_millis(200);

/// Puts `view` in place of what `#app` shows.
pub(crate) fn mount<V: IntoView + 'static>(view: fn() -> V) {
    let app = document()
        .get_element_by_id("app")
        .and_then(|app| app.dyn_into::<HtmlElement>().ok())
        .expect("index.html has an element `app`");
    app.set_inner_html("");
    leptos::mount::mount_to(app, view).forget();
}

/// Completes after `duration`, or somewhat later.
pub(crate) async fn sleep(duration: Duration) {
    let (done, wait) = oneshot::channel();
    set_timeout(
        move || {
            let _ = done.send(());
        },
        duration,
    );
    // The timer always fires; should it be lost, not waiting is the better mistake.
    let _ = wait.await;
}

/// Marks the document once what was last changed has been painted. Tests and the start-up
/// measurement wait for the mark.
pub(crate) fn mark_ready_when_painted() {
    // The second frame begins after the first was painted.
    request_animation_frame(|| request_animation_frame(mark_ready));
    set_timeout(mark_ready, LONGEST_FRAME);
}

fn mark_ready() {
    if let Some(root) = document().document_element()
        && let Some(root) = root.dyn_ref::<HtmlElement>()
    {
        // Fails for names that are not camel case, and this one is.
        let _ = root.dataset().set("ready", "true");
    }
}

/// Follows a link to a part of the page, as [`crate::route::Route::link`] gives it.
pub(crate) fn follow(link: &str) {
    // Refused only while the page is being unloaded already.
    let _ = location().set_hash(link);
}

/// Loads the page again, which starts a session of its own.
pub(crate) fn reload() {
    // Refused only while the page is being unloaded already.
    let _ = location().reload();
}

/// What the window's title bar and the screen reader call the page.
pub(crate) fn set_title(title: &str) {
    document().set_title(title);
}
