//! Which pages may be in which window, and speak to the bridge from there.
//!
//! The app's own pages may be everywhere but in the inspector's window, and the inspector's page
//! nowhere else. An origin is compared as browsers spell it.

use tauri::Url;

use super::{development::Development, inspector};

/// The origins whose pages have a bridge, by window.
#[derive(Clone, Debug)]
pub(super) struct Origins {
    /// Of the app's pages.
    own: Vec<String>,
    /// Of the inspector's page, where there is an inspector.
    inspector: Option<String>,
}

impl Origins {
    /// Those of an app, and of its inspector if it has one.
    pub(super) fn of(development: &Development, has_inspector: bool) -> Self {
        Self {
            own: own_origins(development),
            inspector: has_inspector.then(inspector::origin),
        }
    }

    /// All of them, for the script that hands the bridge to pages.
    pub(super) fn all(&self) -> Vec<String> {
        self.own.iter().chain(&self.inspector).cloned().collect()
    }

    /// Whether pages of `origin` may be in this window: the inspector's in its own and nowhere
    /// else, and no others there.
    pub(super) fn admit(&self, window: &str, origin: &str) -> bool {
        match &self.inspector {
            Some(inspector) if window == inspector::LABEL => origin == inspector,
            _ => self.own.iter().any(|own| own == origin),
        }
    }

    /// Whether a window may show `url`. `about:blank` is what a window shows before its page.
    pub(super) fn may_navigate(&self, window: &str, url: &Url) -> bool {
        url.as_str() == "about:blank" || self.admit(window, &origin(url)) || self.made(window, url)
    }

    /// Whether `url` is of what a page of the window holds itself: what it lets its user save.
    fn made(&self, window: &str, url: &Url) -> bool {
        let page = (url.scheme() == "blob").then(|| Url::parse(url.path()));
        page.and_then(Result::ok)
            .is_some_and(|page| self.admit(window, &origin(&page)))
    }
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

/// The origin of an address, as browsers spell it.
fn origin(url: &Url) -> String {
    let host = url.host_str().unwrap_or("");
    match url.port() {
        Some(port) => format!("{}://{host}:{port}", url.scheme()),
        None => format!("{}://{host}", url.scheme()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_stay_on_the_apps_own_origins() {
        let origins = Origins::of(&Development::default(), true);
        for (url, may) in [
            ("tauri://localhost/", true),
            ("tauri://localhost/index.html#/files", true),
            ("http://tauri.localhost/", true),
            ("about:blank", true),
            ("blob:tauri://localhost/0f5e", true),
            ("blob:https://example.org/0f5e", false),
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
        let origins = Origins::of(&Development::default(), true);
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
        let origins = Origins::of(&Development::default(), false);
        assert!(!origins.may_navigate(inspector::LABEL, &page));
        assert!(!origins.all().contains(&inspector::origin()));
    }
}
