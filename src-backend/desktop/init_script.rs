//! The script that hands the bridge to a page, before any script of the page runs.
//!
//! Injected into the main frame of every load, foreign pages included, so it looks at the origin
//! first. What it needs of the page's globals it takes before the page can replace them; the
//! object it leaves cannot be replaced, and a second copy leaves it alone.

/// Our scheme.
pub(super) const SCHEME: &str = "twinbridge";

/// Where a page posts its batches.
pub(super) fn bridge_url() -> String {
    // WebView2 and Android's webview know custom schemes only as hosts.
    if cfg!(any(windows, target_os = "android")) {
        format!("http://{SCHEME}.localhost/")
    } else {
        format!("{SCHEME}://localhost/")
    }
}

/// The script for pages of these origins.
pub(super) fn init_script(key: &[u8; 16], origins: &[String]) -> String {
    let key: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    // JSON is JavaScript here: all texts are ASCII by construction of URLs and hexadecimals.
    let origins = serde_json::Value::from(origins.to_vec());
    let url = serde_json::Value::from(bridge_url());
    format!(
        r#"(() => {{
  "use strict";
  if (!{origins}.includes(location.origin) || window.__TWINBRIDGE__) return;
  const post = window.fetch.bind(window);
  const url = {url};
  const read = async (body) => {{
    const response = await post(url, {{ method: "POST", body, cache: "no-store", credentials: "omit" }});
    if (!response.ok) throw new Error(`${{response.status}} ${{await response.text()}}`);
    return response.arrayBuffer();
  }};
  Object.defineProperty(window, "__TWINBRIDGE__", {{
    value: Object.freeze({{ key: "{key}", exchange: read }}),
  }});
}})();"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_names_its_origins_and_its_key() {
        let script = init_script(&[0xAB; 16], &["tauri://localhost".to_owned()]);
        assert!(script.contains(r#"["tauri://localhost"].includes(location.origin)"#));
        assert!(script.contains(&"ab".repeat(16)));
    }
}
