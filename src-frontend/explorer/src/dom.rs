//! What the page asks of the browser besides markup: its element, timers, reload, the ready mark.
//!
//! Everything that names the document or the window stands here or is a Leptos event. Nothing in
//! it may be called natively, where there is no browser.

use std::time::Duration;

use futures_channel::oneshot;
use leptos::prelude::{IntoView, document, location, request_animation_frame, set_timeout, window};
use wasm_bindgen::{JsCast as _, JsValue, closure::Closure};
use web_sys::{
    Blob, BlobPropertyBag, DataTransfer, Element, HtmlAnchorElement, HtmlElement, HtmlInputElement,
    KeyboardEvent, ResizeObserver, Url,
};

use crate::format;

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

/// Completes when the next frame begins, or somewhat later in a page that is given none.
pub(crate) async fn frame() {
    let (done, wait) = oneshot::channel();
    request_animation_frame(|| {
        // Nobody waits any longer where the timer was first.
        let _ = done.send(());
    });
    let _ = futures_util::future::select(wait, std::pin::pin!(sleep(LONGEST_FRAME))).await;
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
        // The frame and the timer both come, and the first is the one that counts.
        && root.dataset().get("ready").is_none()
    {
        mark("ready");
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

/// Whether this page is in the inspector's window, which alone shows what comes from there.
pub(crate) fn is_inspector() -> bool {
    const SCHEME: &str = "twinbridge-inspector";
    let is = |part: Result<String, JsValue>| part.is_ok_and(|part| part.starts_with(SCHEME));
    is(location().protocol()) || is(location().hostname())
}

/// Milliseconds since the page began, in steps of one; never goes back.
pub(crate) fn now() -> f64 {
    window().performance().map_or(0.0, |clock| clock.now())
}

/// Notes the time under a name, for whoever measures the page.
pub(crate) fn mark(name: &str) {
    if let Some(clock) = window().performance() {
        // Refused for names of the browser's own alone.
        let _ = clock.mark(name);
    }
}

/// Milliseconds since 1970.
pub(crate) fn time_of_day() -> f64 {
    js_sys::Date::now()
}

/// A moment as the user's clock shows it.
pub(crate) fn clock(since_1970: f64) -> String {
    let zone = js_sys::Date::new(&since_1970.into()).get_timezone_offset();
    format::clock(since_1970, zone)
}

/// Runs `f` in the next frame, when what was changed is in the document.
pub(crate) fn in_next_frame(f: impl FnOnce() + 'static) {
    request_animation_frame(f);
}

/// The height of an element in CSS pixels, told whenever it changes, while the page lives.
pub(crate) fn observe_height(element: &HtmlElement, tell: impl Fn(f64) + 'static) {
    let observed = element.clone();
    let observer = ResizeObserver::new(
        Closure::<dyn Fn()>::new(move || tell(f64::from(observed.client_height())))
            .into_js_value()
            .unchecked_ref(),
    );
    // It is kept by what it observes, and every browser since 2020 has it.
    if let Ok(observer) = observer {
        observer.observe(element);
    }
}

/// Reads a file of the page itself, and gives its length.
pub(crate) async fn fetch(address: &str) -> Option<u64> {
    let answer = wasm_bindgen_futures::JsFuture::from(window().fetch_with_str(address)).await;
    let answer: web_sys::Response = answer.ok()?.dyn_into().ok()?;
    let bytes = wasm_bindgen_futures::JsFuture::from(answer.array_buffer().ok()?).await;
    let bytes: js_sys::ArrayBuffer = bytes.ok()?.dyn_into().ok()?;
    Some(bytes.byte_length().into())
}

/// Puts `text` where the user can paste it from.
pub(crate) async fn copy(text: &str) -> bool {
    let writing = window().navigator().clipboard().write_text(text);
    wasm_bindgen_futures::JsFuture::from(writing).await.is_ok()
}

/// Lets the user keep a text, given in pieces, as a file of this name.
pub(crate) fn save(name: &str, pieces: Vec<String>) -> Result<(), JsValue> {
    let parts: js_sys::Array = pieces.into_iter().map(JsValue::from).collect();
    let options = BlobPropertyBag::new();
    options.set_type("application/json");
    let blob = Blob::new_with_str_sequence_and_options(&parts, &options)?;
    let address = Url::create_object_url_with_blob(&blob)?;
    let link: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    link.set_href(&address);
    link.set_download(name);
    link.click();
    // The download has its own hold on the bytes by the time a click returns.
    Url::revoke_object_url(&address)
}

/// The bytes of the file that the user chose in `input`, and its name.
pub(crate) async fn chosen_file(input: &HtmlInputElement) -> Option<(String, Vec<u8>)> {
    let file = input.files()?.get(0)?;
    let bytes = wasm_bindgen_futures::JsFuture::from(file.array_buffer())
        .await
        .ok()?;
    Some((file.name(), js_sys::Uint8Array::new(&bytes).to_vec()))
}

/// The bytes of the file that was dropped on an element, and its name.
pub(crate) async fn dropped_file(transfer: DataTransfer) -> Option<(String, Vec<u8>)> {
    let file = transfer.files()?.get(0)?;
    let bytes = wasm_bindgen_futures::JsFuture::from(file.array_buffer());
    let bytes = bytes.await.ok()?;
    Some((file.name(), js_sys::Uint8Array::new(&bytes).to_vec()))
}

/// Clicks an element, as its user would.
pub(crate) fn click(id: &str) {
    let found = document().get_element_by_id(id);
    if let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        element.click();
    }
}

/// What was kept under `key` by [`keep`], for this page or an earlier one.
pub(crate) fn kept(key: &str) -> Option<String> {
    window().local_storage().ok()??.get_item(key).ok()?
}

/// Keeps a text for pages to come.
pub(crate) fn keep(key: &str, text: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        // Refused where it is full or switched off, and then there is nothing to find later.
        let _ = storage.set_item(key, text);
    }
}

/// Moves the focus to an element, once what was changed is in the document.
pub(crate) fn focus(id: &str) {
    focus_on(format!("#{id}"));
}

/// Moves the focus to a field of text, and selects what it holds.
pub(crate) fn select(id: &str) {
    let field = document().get_element_by_id(id);
    if let Some(field) = field.and_then(|field| field.dyn_into::<HtmlInputElement>().ok()) {
        let _ = field.focus();
        field.select();
    }
}

/// Moves the focus to the first input within an element, once that is in the document.
pub(crate) fn focus_first_within(id: &str) {
    focus_on(format!(
        "#{id} input, #{id} select, #{id} textarea, #{id} button"
    ));
}

fn focus_on(selector: String) {
    in_next_frame(move || {
        // The selectors are valid ones, so this never fails.
        let found = document().query_selector(&selector).ok().flatten();
        if let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
            // Refused only by elements that cannot have it.
            let _ = element.focus();
        }
    });
}

/// Scrolls `pane` sideways until the first `selector` within it is in sight.
pub(crate) fn scroll_sideways(pane: &HtmlElement, selector: &str) {
    // The selectors are valid ones, so this never fails.
    let Ok(Some(element)) = pane.query_selector(selector) else {
        return;
    };
    let (inner, outer) = (
        element.get_bounding_client_rect(),
        pane.get_bounding_client_rect(),
    );
    // What stands left of the lines, and a little of the line itself.
    let margin = outer.width() / 4.0;
    if inner.left() < outer.left() + margin && pane.scroll_left() > 0
        || inner.right() > outer.right()
    {
        let by = inner.left() - outer.left() - margin;
        pane.set_scroll_left((f64::from(pane.scroll_left()) + by).max(0.0) as i32);
    }
}

/// Moves the focus among the links of a list with the arrow keys; from elsewhere to its first.
pub(crate) fn move_among_links(event: &KeyboardEvent, list: &str) {
    let step = match event.key().as_str() {
        "ArrowDown" => 1,
        "ArrowUp" => -1,
        _ => return,
    };
    // The selector is a valid one, so this never fails.
    let Ok(links) = document().query_selector_all(&format!("{list} a")) else {
        return;
    };
    let active = document().active_element();
    let links: Vec<HtmlElement> = (0..links.length())
        .filter_map(|at| links.get(at)?.dyn_into().ok())
        .collect();
    let is_active = |link: &HtmlElement| {
        active
            .as_ref()
            .is_some_and(|active| link.is_same_node(Some(active)))
    };
    let at = links.iter().position(is_active);
    let to = at.map_or(Some(0), |at| at.checked_add_signed(step));
    if let Some(link) = to.and_then(|to| links.get(to)) {
        event.prevent_default();
        // Refused only by elements that cannot have it.
        let _ = link.focus();
    }
}

/// Whether a key was pressed in the panel over the page.
pub(crate) fn is_in_dialog(event: &KeyboardEvent) -> bool {
    let target = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok());
    // The selector is a valid one, so this never fails.
    target.is_some_and(|target| target.closest("dialog").is_ok_and(|found| found.is_some()))
}

/// Makes an element as high as this, in CSS pixels.
pub(crate) fn set_height(element: &HtmlElement, height: f64) {
    // Refused only for values that are no lengths.
    let _ = element
        .style()
        .set_property("height", &format!("{height}px"));
}
