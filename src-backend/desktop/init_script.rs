//! The script that hands the bridge to a page, before any script of the page runs.
//!
//! Injected into the main frame of every load, foreign pages included, so it looks at the origin
//! first. The object it leaves cannot be replaced, and a second copy leaves it alone; the address
//! it posts to stays its own.

use crate::RemoteService;

/// Our scheme.
pub(super) const SCHEME: &str = "twinbridge";

/// Where a page posts its batches: an address that the script keeps from the page.
pub(super) fn bridge_url(path: &[u8; 16]) -> String {
    let path = hexadecimal(path);
    // WebView2 and Android's webview know custom schemes only as hosts.
    if cfg!(any(windows, target_os = "android")) {
        format!("http://{SCHEME}.localhost/{path}")
    } else {
        format!("{SCHEME}://localhost/{path}")
    }
}

fn hexadecimal(bytes: &[u8; 16]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The script for pages of these origins, which finds these services.
pub(super) fn init_script(
    key: &[u8; 16],
    url: &str,
    origins: &[String],
    services: &[RemoteService],
) -> String {
    let services: Vec<_> = services
        .iter()
        .map(|service| [service.name().to_owned(), service.address()])
        .collect();
    // JSON is JavaScript here: all texts are ASCII by construction of URLs, names and
    // hexadecimals.
    let arguments = serde_json::json!([origins, url, hexadecimal(key), services]);
    let script = include_str!("init_script.js");
    format!("({script})(...{arguments});")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_ends_with_its_origins_its_address_its_key_and_the_services() {
        let script = init_script(
            &[0xAB; 16],
            &bridge_url(&[0xCD; 16]),
            &["tauri://localhost".to_owned()],
            &[RemoteService::new("models", "https://example.com/rpc/").unwrap()],
        );
        let (_, arguments) = script.rsplit_once("(...").unwrap();
        let arguments = arguments.strip_suffix(");").unwrap();
        let arguments: serde_json::Value = serde_json::from_str(arguments).unwrap();
        assert_eq!(arguments[0], serde_json::json!(["tauri://localhost"]));
        assert!(arguments[1].as_str().unwrap().ends_with(&"cd".repeat(16)));
        assert_eq!(arguments[2], "ab".repeat(16));
        let services = serde_json::json!([["models", "https://example.com/rpc"]]);
        assert_eq!(arguments[3], services);
    }
}
