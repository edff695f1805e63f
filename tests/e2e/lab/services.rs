//! A page that calls services elsewhere over HTTP besides the backend of its window.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use serde_json::json;
use twinbridge_window_driver::eventually;

use super::{Lab, lab_host};

/// The default app's server; ended when it is dropped.
struct Service {
    process: Child,
    address: String,
}

impl Service {
    /// One that pages of apps may ask.
    fn start() -> Self {
        let twinbridge = std::env::var_os("TWINBRIDGE_BIN").unwrap();
        let mut process = Command::new(Path::new(&twinbridge).with_file_name("twinbridge-serve"))
            .args([
                "--listen",
                "127.0.0.1:0",
                "--allow-origin",
                "tauri://localhost",
            ])
            .stdout(Stdio::piped())
            .spawn()
            .expect("`cargo build --workspace --bin twinbridge-serve` makes it");
        let mut line = String::new();
        let output = process.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on ").unwrap();
        Self {
            address: address.to_owned(),
            process,
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_page_calls_its_own_backend_and_a_service_elsewhere_by_one_interface() {
    let service = Service::start();
    let lab = Lab::start(lab_host().arg("--tools").arg(&service.address));
    for _ in 0..3 {
        assert_eq!(
            lab.act("applications", &json!(["tools"])),
            json!(["lab", env!("CARGO_PKG_VERSION")])
        );
        lab.reload();
    }
}

#[test]
fn a_page_reaches_no_service_that_the_app_has_not_named() {
    let (named, other) = (Service::start(), Service::start());
    let lab = Lab::start(lab_host().arg("--tools").arg(&named.address));
    let watch = "addEventListener('securitypolicyviolation', (event) => {
            window.blocked = [event.effectiveDirective, event.blockedURI];
        });
        return null";
    lab.window.script(watch, &json!([]));
    let words = json!([other.address]);
    let problem = lab.try_act("applications", &words).unwrap_err();
    assert!(
        problem.contains("no answer came") || !problem.is_empty(),
        "{problem}"
    );
    let blocked = eventually("the violation", || {
        let blocked = lab
            .window
            .script("return window.blocked ?? null", &json!([]));
        blocked.is_array().then_some(blocked)
    });
    assert_eq!(blocked[0], "connect-src");
    let address = blocked[1].as_str().unwrap();
    assert!(address.starts_with(&other.address), "{address}");
    // The same service, where the app names it.
    let lab = Lab::start(lab_host().arg("--tools").arg(&other.address));
    let applications = lab.act("applications", &json!(["tools"]));
    assert_eq!(applications[1], env!("CARGO_PKG_VERSION"));
}
