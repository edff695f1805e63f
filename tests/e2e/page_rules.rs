//! Where the window may go, and what the page may load and run.

use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, TcpListener},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use serde_json::json;

use crate::explorer::Explorer;

/// A foreign site on this machine that counts the requests that reach it.
struct Site {
    address: String,
    requests: Arc<AtomicUsize>,
}

impl Site {
    fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = format!("http://{}/", listener.local_addr().unwrap());
        let requests = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&requests);
        // Ends with the test's process.
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { continue };
                // WebKit connects ahead of its own rules, and closes without a request.
                if !stream.read(&mut [0; 4096]).is_ok_and(|len| len > 0) {
                    continue;
                }
                count.fetch_add(1, Ordering::SeqCst);
                let _ = stream.write_all(
                    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 7\r\n\
                      Access-Control-Allow-Origin: *\r\nConnection: close\r\n\r\nforeign",
                );
            }
        });
        Self { address, requests }
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

#[test]
fn the_window_does_not_go_to_a_foreign_site() {
    let site = Site::start();
    let explorer = Explorer::open();
    let home = explorer.window.address();
    for (number, go) in [
        "location.href = arguments[0]",
        "location.replace(arguments[0])",
        "const link = document.createElement('a'); link.href = arguments[0];
         document.body.append(link); link.click(); link.remove()",
    ]
    .into_iter()
    .enumerate()
    {
        let address = format!("{}{number}", site.address);
        explorer.window.script(go, &json!([address]));
        explorer.wait_for_log(&format!(
            "navigation to a foreign origin was refused window=\"main\" url={address}"
        ));
        assert_eq!(explorer.window.address(), home, "{go}");
    }
    assert_eq!(site.requests(), 0);
    explorer.assert_connected();
    assert_eq!(explorer.session(), 1);
}

#[test]
fn no_page_opens_a_second_window() {
    let site = Site::start();
    let explorer = Explorer::open();
    for address in [
        site.address.as_str(),
        "tauri://localhost/",
        "about:blank",
        "",
    ] {
        let opened = "return window.open(arguments[0]) === null";
        let got = explorer.window.script(opened, &json!([address]));
        assert_eq!(got, json!(true), "{address:?}");
    }
    // Not even with the click of a user, which WebKit asks for first.
    let place = "
        const link = document.createElement('a');
        link.id = 'outside'; link.textContent = 'outside';
        link.href = arguments[0]; link.target = '_blank';
        const button = document.createElement('button');
        button.id = 'opener'; button.textContent = 'open';
        button.onclick = () => { window.opened = window.open(arguments[0] + 'button') };
        document.querySelector('#status').prepend(link, button);
        return null";
    explorer.window.script(place, &json!([site.address]));
    for (element, path) in [("#opener", "button"), ("#outside", "")] {
        explorer.window.click(element);
        explorer.wait_for_log(&format!(
            "a new window was refused window=\"main\" url={}{path}\n",
            site.address
        ));
    }
    let opened = explorer.window.script("return window.opened", &json!([]));
    assert!(opened.is_null(), "{opened}");
    assert_eq!(site.requests(), 0);
    explorer.assert_connected();
}

#[test]
fn nothing_is_fetched_from_a_foreign_site() {
    let site = Site::start();
    let explorer = Explorer::open();
    let script = "
        const load = (name, address) => new Promise(resolve => {
            const element = document.createElement(name);
            element.onload = () => resolve('loaded');
            element.onerror = () => resolve('refused');
            element[name === 'link' ? 'href' : 'src'] = address;
            element.rel = 'stylesheet';
            document.head.append(element);
        });
        const [site] = arguments;
        const fetched = fetch(site).then(() => 'loaded', () => 'refused');
        return [await fetched, await load('script', site), await load('img', site),
                await load('link', site)];";
    let got = explorer.window.script_async(script, &json!([site.address]));
    assert_eq!(got, json!(["refused", "refused", "refused", "refused"]));
    assert_eq!(site.requests(), 0);
}

#[test]
fn a_script_inside_the_page_is_refused_and_so_is_text_as_code() {
    let explorer = Explorer::open();
    let script = "
        const violations = [];
        const seen = new Promise(resolve => {
            document.addEventListener('securitypolicyviolation', event => {
                violations.push([event.effectiveDirective, event.blockedURI]);
                if (violations.length === 2) resolve();
            });
        });
        const element = document.createElement('script');
        element.textContent = 'window.ran = true';
        document.head.append(element);
        let evaluated = null;
        try { evaluated = (0, eval)('1 + 1') } catch (error) { evaluated = error.name }
        await seen;
        return { ran: window.ran ?? null, evaluated, violations };";
    let got = explorer.window.script_async(script, &json!([]));
    assert_eq!(
        got,
        json!({
            "ran": null,
            "evaluated": "EvalError",
            "violations": [["script-src-elem", "inline"], ["script-src", "eval"]],
        })
    );
}

#[test]
fn the_content_security_policy_starts_from_nothing() {
    let explorer = Explorer::open();
    let script = "return (await fetch('/')).headers.get('content-security-policy')";
    let policy = explorer.window.script_async(script, &json!([]));
    let policy = policy.as_str().unwrap();
    let rules: Vec<_> = policy.split("; ").collect();
    for rule in [
        "default-src 'none'",
        "style-src 'self'",
        "connect-src 'self' twinbridge: http://twinbridge.localhost",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-src 'none'",
        "worker-src 'none'",
        "frame-ancestors 'none'",
    ] {
        assert!(rules.contains(&rule), "{rule} in {policy}");
    }
    let scripts = rules.iter().find(|rule| rule.starts_with("script-src "));
    let scripts: Vec<_> = scripts.unwrap().split(' ').skip(1).collect();
    // The hashes are those of the scripts that Tauri itself puts into the page.
    for source in scripts {
        let known = ["'self'", "'wasm-unsafe-eval'"].contains(&source);
        assert!(known || source.starts_with("'sha256-"), "{source}");
    }
}
