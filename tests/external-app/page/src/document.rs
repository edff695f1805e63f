//! The elements of `index.html`, by id.
//!
//! The page is this app's own, so an id that is not there is a mistake and ends the page.

use wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::{Element, Event, HtmlInputElement};

/// Sets the text of an element.
pub(crate) fn show(id: &str, text: &str) {
    element(id).set_text_content(Some(text));
}

/// What a field holds.
pub(crate) fn value(id: &str) -> String {
    element(id)
        .dyn_into::<HtmlInputElement>()
        .expect("the element is a field")
        .value()
}

/// Calls `f` for every `event` of an element, instead of what the browser would do.
pub(crate) fn on(id: &str, event: &str, f: impl Fn() + 'static) {
    let listener = Closure::<dyn Fn(Event)>::new(move |event: Event| {
        event.prevent_default();
        f();
    });
    element(id)
        .add_event_listener_with_callback(event, listener.as_ref().unchecked_ref())
        .expect("a listener can be attached to every element");
    // The element lives as long as the page.
    listener.forget();
}

fn element(id: &str) -> Element {
    web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.get_element_by_id(id))
        .expect("index.html has the element")
}
