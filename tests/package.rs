//! The Debian package: installed, started as a desktop starts it, and removed.
//!
//! `cargo xtask package --check` makes it, names it in `TWINBRIDGE_PACKAGE` and gives windows a
//! screen in memory. It needs the right to install packages, and refuses where one of this name is
//! installed already.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)] // The helpers of the tests are tests too.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use tempfile::TempDir;
use twinbridge_window_driver::{eventually, screen};

const NAME: &str = "twinbridge";
const ENTRY: &str = "/usr/share/applications/Twinbridge.desktop";

/// The package, until this is dropped.
struct Installed;

impl Installed {
    fn from(package: &Path) -> Self {
        assert!(
            !is_installed(),
            "a package {NAME} is on this machine already, and not to be touched"
        );
        apt(&[
            "install",
            "--no-install-recommends",
            package.to_str().unwrap(),
        ]);
        Self
    }

    fn remove(self) {
        drop(self);
    }
}

impl Drop for Installed {
    fn drop(&mut self) {
        if is_installed() {
            apt(&["purge", NAME]);
        }
    }
}

fn is_installed() -> bool {
    let status = Command::new("dpkg-query")
        .args(["-W", "-f=${Status}", NAME])
        .output()
        .unwrap();
    String::from_utf8_lossy(&status.stdout).contains(" installed")
}

fn apt(words: &[&str]) {
    let mut command = Command::new("env");
    command.args([
        "DEBIAN_FRONTEND=noninteractive",
        "apt-get",
        "--yes",
        "-qq",
        "-oDPkg::Lock::Timeout=120",
    ]);
    if is_root() {
        run(command.args(words));
    } else {
        run(Command::new("sudo")
            .args(["-n", "env"])
            .args(command.get_args())
            .args(words));
    }
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout == b"0\n"
}

/// What a command printed, where it did well.
fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complained = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        output.status.success(),
        "{command:?} ended with {}\n{said}{complained}",
        output.status
    );
    said
}

/// Starts something that goes on after the command has ended: what it prints is nobody's, since a
/// pipe would stay open with it.
fn launch(command: &mut Command) {
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let status = command.status().unwrap();
    assert!(status.success(), "{command:?} ended with {status}");
}

/// A user's folders.
struct User(TempDir);

impl User {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn data(&self) -> PathBuf {
        self.0.path().join("data")
    }

    /// A command of this user's.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env("XDG_DATA_HOME", self.data())
            .env("RUST_LOG", "debug");
        for (name, folder) in [("XDG_CONFIG_HOME", "config"), ("XDG_CACHE_HOME", "cache")] {
            command.env(name, self.0.path().join(folder));
        }
        command
    }

    fn log(&self) -> String {
        let log = self.data().join("twinbridge/logs/twinbridge.log");
        fs::read_to_string(log).unwrap_or_default()
    }
}

#[test]
fn the_package_installs_starts_from_the_menu_opens_log_files_and_leaves_nothing() {
    let package = std::env::var_os("TWINBRIDGE_PACKAGE")
        .expect("`cargo xtask package --check` names the package in TWINBRIDGE_PACKAGE");
    let installed = Installed::from(Path::new(&package));
    let files = run(Command::new("dpkg").args(["-L", NAME]));
    let files: Vec<PathBuf> = files
        .lines()
        .map(PathBuf::from)
        .filter(|it| it.is_file())
        .collect();
    for file in ["/usr/bin/twinbridge", "/usr/bin/twinbridge-serve", ENTRY] {
        assert!(files.contains(&file.into()), "{files:?}");
    }
    for size in ["32x32", "128x128", "256x256"] {
        let icon = format!("/usr/share/icons/hicolor/{size}/apps/twinbridge.png");
        assert!(files.contains(&icon.into()), "{files:?}");
    }
    assert_eq!(run(Command::new("desktop-file-validate").arg(ENTRY)), "");

    let user = User::new();
    fs::create_dir_all(user.data()).unwrap();
    let checked = run(user.command("/usr/bin/twinbridge").arg("--check"));
    assert!(checked.contains("interfaces fit"), "{checked}");

    // As the menu does it.
    launch(user.command("gtk-launch").arg("Twinbridge"));
    eventually("the window", || screen::place("Twinbridge"));
    assert!(!user.log().contains("method=\"open\""), "{}", user.log());
    // As a file manager does it. The app runs, so its window shows the file.
    let log = user.0.path().join("yesterday.log");
    fs::write(&log, "it rained\n").unwrap();
    let kind = run(user
        .command("gio")
        .args(["info", "-a", "standard::content-type"])
        .arg(&log));
    assert!(kind.contains("text/x-log"), "{kind}");
    let program = run(user.command("gio").args(["mime", "text/x-log"]));
    assert!(program.contains("Twinbridge.desktop"), "{program}");
    launch(user.command("gio").arg("open").arg(&log));
    eventually("the file in the window", || {
        user.log()
            .contains("channel=\"files\" method=\"open\"")
            .then_some(())
    });
    screen::close("Twinbridge");
    eventually("the end of the app", || {
        screen::place("Twinbridge").is_none().then_some(())
    });

    installed.remove();
    let left: Vec<_> = files.iter().filter(|file| file.exists()).collect();
    assert!(left.is_empty(), "{left:?}");
    assert!(!Path::new("/usr/share/doc/twinbridge").exists());
    // What is the user's stays.
    assert!(user.data().join("twinbridge/logs/twinbridge.log").exists());
}
