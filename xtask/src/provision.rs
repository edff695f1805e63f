//! What must be on the machine, and installing what is not.
//!
//! Looks for the programs and libraries themselves, not for packages, so that a copy from elsewhere
//! counts. Installs with apt and nothing else; on another system it names the packages and stops.

use std::{io::IsTerminal as _, process::Command};

use crate::{
    command::{self, find_program, succeeds},
    error::TaskError,
    workspace::Workspace,
};

/// What a command is about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Compile the desktop host.
    Host,
    /// Run wasm outside a browser.
    WasmTests,
    /// Show windows where there is no display.
    Screen,
    /// Drive the app's windows from tests.
    Driver,
    /// Show an icon in the tray.
    Tray,
    /// Make a Debian package.
    Bundle,
    /// Start apps as a desktop's menu does.
    Menu,
    /// Compile the fuzzer's runtime.
    Fuzz,
    /// Run iTwin.js's packages, and a page in a browser.
    Interop,
    /// Put web servers under load, iTwin.js's among them.
    Load,
    /// Search files with another program.
    Search,
}

/// One thing a purpose needs.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Need {
    probe: Probe,
    /// The package that has it, on Debian and Ubuntu.
    package: &'static str,
    why: &'static str,
}

/// How to see whether it is there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Probe {
    /// In `PATH`.
    Program(&'static str),
    /// Known to `pkg-config`.
    Library(&'static str),
    /// Known to the system's loader, for what is loaded while a program runs.
    Shared(&'static str),
}

impl Probe {
    fn name(&self) -> &'static str {
        match self {
            Self::Program(name) | Self::Library(name) | Self::Shared(name) => name,
        }
    }

    fn is_present(&self) -> bool {
        match self {
            Self::Program(name) => find_program(name).is_some(),
            Self::Shared(name) => is_loadable(name),
            Self::Library(name) => succeeds(Command::new("pkg-config").args(["--exists", name])),
        }
    }
}

/// Whether the system's loader knows a library; `ldconfig` lists them by name.
fn is_loadable(name: &str) -> bool {
    // A user's PATH has no `/sbin` on Debian.
    ["ldconfig", "/sbin/ldconfig"].iter().any(|program| {
        let list = Command::new(program).arg("-p").output();
        list.is_ok_and(|list| String::from_utf8_lossy(&list.stdout).contains(name))
    })
}

impl Purpose {
    fn needs(self, os: &str) -> &'static [Need] {
        use Probe::{Library, Program, Shared};
        const HOST: &[Need] = &[
            need(
                Program("pkg-config"),
                "pkg-config",
                "finds the libraries below",
            ),
            need(
                Library("webkit2gtk-4.1"),
                "libwebkit2gtk-4.1-dev",
                "the webview",
            ),
            need(
                Library("dbus-1"),
                "libdbus-1-dev",
                "the session bus of the desktop",
            ),
        ];
        const WASM_TESTS: &[Need] = &[need(Program("node"), "nodejs", "runs the tests on wasm")];
        const SCREEN: &[Need] = &[
            need(Program("Xvfb"), "xvfb", "a screen in memory"),
            need(
                Program("dbus-daemon"),
                "dbus",
                "a session bus for that screen",
            ),
        ];
        const TRAY: &[Need] = &[need(
            Shared("libayatana-appindicator3.so.1"),
            "libayatana-appindicator3-1",
            "the icon in the tray",
        )];
        const BUNDLE: &[Need] = &[
            need(Program("node"), "nodejs", "runs Tauri's bundler"),
            need(Program("npm"), "npm", "installs it"),
        ];
        const MENU: &[Need] = &[
            need(
                Program("gtk-launch"),
                "libgtk-3-bin",
                "starts an entry of the menu",
            ),
            need(Program("gio"), "libglib2.0-bin", "opens a file by its type"),
            need(
                Program("desktop-file-validate"),
                "desktop-file-utils",
                "judges the entry of the menu",
            ),
        ];
        const DRIVER: &[Need] = &[need(
            Program("WebKitWebDriver"),
            "webkit2gtk-driver",
            "drives the window in tests",
        )];
        const INTEROP: &[Need] = &[
            need(
                Program("node"),
                "nodejs",
                "runs the real clients and servers",
            ),
            need(Program("npm"), "npm", "installs their packages"),
            need(
                Program("chromium"),
                "chromium",
                "runs a client in a page of another origin",
            ),
        ];
        const LOAD: &[Need] = &[
            need(Program("node"), "nodejs", "runs the server to compare with"),
            need(Program("npm"), "npm", "installs its packages"),
            need(Program("wrk"), "wrk", "asks as often as a server answers"),
        ];
        const FUZZ: &[Need] = &[need(Program("c++"), "g++", "compiles the fuzzer's runtime")];
        const SEARCH: &[Need] = &[need(
            Program("rg"),
            "ripgrep",
            "searches the same files, to compare with",
        )];
        match self {
            // Elsewhere the system has its own webview and its own screen.
            Self::Host | Self::Screen | Self::Tray | Self::Driver if os != "linux" => &[],
            Self::Host => HOST,
            Self::WasmTests => WASM_TESTS,
            Self::Screen => SCREEN,
            Self::Driver => DRIVER,
            Self::Tray => TRAY,
            Self::Bundle => BUNDLE,
            Self::Menu => MENU,
            Self::Fuzz => FUZZ,
            Self::Interop => INTEROP,
            Self::Load => LOAD,
            Self::Search => SEARCH,
        }
    }
}

/// Makes sure that everything for `purposes` is there, and installs what is not.
///
/// # Errors
/// `Missing` where this machine has no apt or the user may not use it; `Failed` when apt fails.
pub(crate) fn provide(workspace: &Workspace, purposes: &[Purpose]) -> Result<(), TaskError> {
    let missing = missing(purposes, std::env::consts::OS, Probe::is_present);
    if missing.is_empty() {
        return Ok(());
    }
    for Need {
        probe,
        package,
        why,
    } in &missing
    {
        println!("    {} is missing ({why}); package {package}", probe.name());
    }
    let packages: Vec<&str> = missing.iter().map(|need| need.package).collect();
    install(workspace, &packages)?;
    let still: Vec<&str> = missing
        .iter()
        .filter(|need| !need.probe.is_present())
        .map(|n| n.probe.name())
        .collect();
    if still.is_empty() {
        return Ok(());
    }
    Err(TaskError::Missing {
        programs: still.join(", "),
        help: format!(
            "the packages {} were installed and do not have them",
            packages.join(", ")
        ),
    })
}

/// Installs Debian packages by name.
///
/// # Errors
/// As [`provide`].
pub(crate) fn install(workspace: &Workspace, packages: &[&str]) -> Result<(), TaskError> {
    if find_program("apt-get").is_none() {
        return Err(TaskError::Missing {
            programs: packages.join(", "),
            help: "those are the names on Debian and Ubuntu; install what carries the same \
                   programs here, and run this again"
                .into(),
        });
    }
    let Some(prefix) = rights(workspace)? else {
        return Err(TaskError::Missing {
            programs: packages.join(", "),
            help: format!("run as root: {}", apt(&[], packages).join(" ")),
        });
    };
    // Stale lists name packages that are gone. One broken foreign source fails the update while the
    // packages wanted here are fine, so its failure alone stops nothing.
    let update: Vec<&str> = prefix
        .iter()
        .copied()
        .chain(["apt-get", "update", "-qq"])
        .collect();
    if let Err(error) = command::run(&mut from_words(&update)) {
        println!("    {error}; going on with the lists that are there");
    }
    command::run_with_help(
        &mut from_words(&apt(&prefix, packages)),
        Some("the lines above say which package; installing it by hand also helps"),
    )
}

/// What goes before `apt-get`, or `None` where this user may not install.
fn rights(workspace: &Workspace) -> Result<Option<Vec<&'static str>>, TaskError> {
    // Without a terminal a question of dpkg's would wait for ever.
    let quiet = ["env", "DEBIAN_FRONTEND=noninteractive"];
    let user = command::read(Command::new("id").arg("-u").current_dir(workspace.path("")))?;
    if user.trim() == "0" {
        return Ok(Some(quiet.to_vec()));
    }
    if find_program("sudo").is_none() {
        return Ok(None);
    }
    let mut prefix = vec!["sudo"];
    if !std::io::stdin().is_terminal() {
        prefix.push("-n");
    }
    prefix.extend(quiet);
    Ok(Some(prefix))
}

fn missing(
    purposes: &[Purpose],
    os: &str,
    is_present: impl Fn(&Probe) -> bool,
) -> Vec<&'static Need> {
    let needs = purposes.iter().flat_map(|purpose| purpose.needs(os));
    needs.filter(|need| !is_present(&need.probe)).collect()
}

fn apt<'a>(prefix: &[&'a str], packages: &[&'a str]) -> Vec<&'a str> {
    let fixed = [
        "apt-get",
        "install",
        "--yes",
        "--no-install-recommends",
        // What is on the machine already stays; a conflict is the user's to decide.
        "--no-remove",
        // A machine that has just started often updates itself and holds the lock.
        "-oDPkg::Lock::Timeout=120",
        "-oAcquire::Retries=3",
    ];
    prefix
        .iter()
        .copied()
        .chain(fixed)
        .chain(packages.iter().copied())
        .collect()
}

fn from_words(words: &[&str]) -> Command {
    let (program, args) = words
        .split_first()
        .expect("every command here starts with a program");
    let mut command = Command::new(program);
    command.args(args);
    command
}

const fn need(probe: Probe, package: &'static str, why: &'static str) -> Need {
    Need {
        probe,
        package,
        why,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packages(purposes: &[Purpose], os: &str, present: &[&str]) -> Vec<&'static str> {
        let missing = missing(purposes, os, |probe| present.contains(&probe.name()));
        missing.iter().map(|need| need.package).collect()
    }

    #[test]
    fn only_what_is_missing_is_installed() {
        use Purpose::{Driver, Host, Screen};
        let all = &[Host, Screen, Driver];
        assert_eq!(
            packages(all, "linux", &[]),
            [
                "pkg-config",
                "libwebkit2gtk-4.1-dev",
                "libdbus-1-dev",
                "xvfb",
                "dbus",
                "webkit2gtk-driver"
            ]
        );
        let most = &["pkg-config", "webkit2gtk-4.1", "dbus-1", "dbus-daemon"];
        assert_eq!(packages(all, "linux", most), ["xvfb", "webkit2gtk-driver"]);
    }

    #[test]
    fn other_systems_bring_their_own_webview_and_screen() {
        use Purpose::{Driver, Host, Screen};
        assert_eq!(
            packages(&[Host, Screen, Driver], "macos", &[]),
            Vec::<&str>::new()
        );
    }

    #[test]
    fn the_command_for_a_user_without_rights_is_complete() {
        assert_eq!(
            apt(&[], &["xvfb", "dbus"]).join(" "),
            "apt-get install --yes --no-install-recommends --no-remove \
             -oDPkg::Lock::Timeout=120 -oAcquire::Retries=3 xvfb dbus"
        );
    }
}
