//! The program `twinbridge-serve`, started as a user does.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Output, Stdio},
};

use crate::support::{Connection, Reply, head, post};

/// The program while it runs.
pub(crate) struct Program {
    pub(crate) address: SocketAddr,
    child: Child,
}

pub(crate) fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_twinbridge-serve"));
    command.args(arguments).env_remove("RUST_LOG");
    command
}

impl Program {
    /// Starts it on a port of its own, and waits until it listens.
    pub(crate) fn start(mut command: Command) -> Self {
        command
            .args(["--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line.trim_end().strip_prefix("listening on http://");
        let address = address.expect(&line).parse().unwrap();
        Self { address, child }
    }

    pub(crate) fn ask(&self, request: impl AsRef<[u8]>) -> Reply {
        let mut connection = Connection::to(self.address);
        connection.send(request);
        connection.reply().unwrap()
    }

    pub(crate) fn call(&self, operation: &str, body: &str) -> (u16, String) {
        self.ask(post(operation, "", "text/plain", body)).told()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn output(arguments: &[&str]) -> (Option<i32>, String) {
    let Output { status, stderr, .. } = program(arguments).output().unwrap();
    (status.code(), String::from_utf8(stderr).unwrap())
}

#[test]
fn developer_tools_find_what_they_know() {
    let program = Program::start(program(&[]));
    let tools = |operation: &str, arguments: &str| {
        program.call(
            &format!("DevToolsRpcInterface-0.7.0-{operation}"),
            arguments,
        )
    };
    let token = r#"{"key":"","iTwinId":"","iModelId":""}"#;
    assert_eq!(
        tools("ping", &format!("[{token}]")),
        (200, "true".to_owned())
    );
    let (_, stats) = tools("stats", &format!("[{token},0]"));
    let stats: serde_json::Value = serde_json::from_str(&stats).unwrap();
    assert_eq!(stats["process"]["pid"], program.pid());
    assert_eq!(stats["rpc"]["requests"], 2);
    assert!(stats["process"]["uptime"].as_f64().unwrap() > 0.0);
    #[cfg(target_os = "linux")]
    assert!(stats["process"]["memory"].as_u64().unwrap() > 1_000_000);
    let (_, formatted) = tools("stats", &format!("[{token},1]"));
    let formatted: serde_json::Value = serde_json::from_str(&formatted).unwrap();
    assert!(
        formatted["process"]["uptime"]
            .as_str()
            .unwrap()
            .ends_with(" s")
    );
    let (_, versions) = tools("versions", &format!("[{token}]"));
    assert!(versions.contains(env!("CARGO_PKG_VERSION")), "{versions}");
    let set = |level| {
        tools(
            "setLogLevel",
            &format!("[{token},\"twinbridge::serve\",{level}]"),
        )
    };
    assert_eq!(set(0).1, "null");
    assert_eq!(set(3).1, "0");
    assert_eq!(set(4).1, "3");
    assert_eq!(set(5).0, 500, "there is no such level");
}

#[test]
fn the_host_says_what_it_is() {
    let program = Program::start(program(&[]));
    let (status, info) = program.call("AppHostRpcInterface-1.1.0-appInfo", "[]");
    let info: serde_json::Value = serde_json::from_str(&info).unwrap();
    assert_eq!((status, &info["name"]), (200, &"Twinbridge".into()));
    assert_eq!(info["webview"], serde_json::Value::Null);
    assert_eq!(
        program.call("AppHostRpcInterface-1.1.0-statistics", "[]").0,
        200
    );
}

#[test]
fn chosen_interfaces_alone_are_there() {
    let some = Program::start(program(&["--interfaces", "DevToolsRpcInterface"]));
    assert_eq!(
        some.call("DevToolsRpcInterface-0.7.0-ping", "[null]").0,
        200
    );
    let (status, text) = some.call("AppHostRpcInterface-1.1.0-appInfo", "[]");
    assert_eq!(status, 500);
    assert!(
        text.contains(r#"RPC interface \"AppHostRpcInterface\" is not initialized."#),
        "{text}"
    );
    let (code, words) = output(&["--interfaces", "DevToolsRpcInterface,Nothing"]);
    assert_eq!(code, Some(1));
    assert!(
        words.contains("there is no interface `Nothing`; there are"),
        "{words}"
    );
}

#[test]
fn gates_shut_interfaces_from_a_file_and_from_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("features.json");
    fs::write(
        &file,
        r#"{"rpc":{"DevToolsRpcInterface":false,"AppHostRpcInterface":false}}"#,
    )
    .unwrap();
    let mut command = program(&["--features", file.to_str().unwrap()]);
    command.env("TWINBRIDGE_GATE_rpc.AppHostRpcInterface", "true");
    let program = Program::start(command);
    let (status, text) = program.call("DevToolsRpcInterface-0.7.0-ping", "[null]");
    assert!(
        status == 500 && text.contains("is not initialized."),
        "{text}"
    );
    assert_eq!(
        program.call("AppHostRpcInterface-1.1.0-appInfo", "[]").0,
        200
    );

    fs::write(&file, "{").unwrap();
    let (code, words) = output(&["--features", file.to_str().unwrap()]);
    assert_eq!(code, Some(1));
    assert!(words.contains("cannot take the features of"), "{words}");
}

#[test]
fn names_and_origins_are_those_of_the_command_line() {
    let origin = "https://viewer.example.com";
    let program = Program::start(program(&["--host", "box.lan", "--allow-origin", origin]));
    let ping = head("GET", "/ping", "");
    assert_eq!(
        program.ask(ping.replace("localhost", "box.lan")).status,
        200
    );
    assert_eq!(program.ask(ping.replace("localhost", "box")).status, 403);
    let page = program.ask(head("GET", "/ping", &format!("Origin: {origin}\r\n")));
    assert_eq!(page.header("access-control-allow-origin"), origin);
    assert_eq!(output(&["--allow-origin", "example.com"]).0, Some(2));
}

#[test]
fn it_does_not_listen_where_others_reach_it_unless_told_so() {
    let (code, words) = output(&["--listen", "0.0.0.0:0"]);
    assert_eq!(code, Some(1));
    assert!(
        words.contains("anybody could call every interface there"),
        "{words}"
    );
    assert!(words.contains("--allow-anonymous"), "{words}");
    for bad in ["nonsense", "127.0.0.1:99999"] {
        let (code, words) = output(&["--listen", bad]);
        assert_eq!(code, Some(1));
        assert!(
            words.contains(&format!("cannot listen on `{bad}`")),
            "{words}"
        );
    }
}

#[test]
fn a_port_that_somebody_else_has_is_named_with_what_to_do() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, words) = output(&["--listen", &address]);
    assert_eq!(code, Some(1));
    let said = format!(
        "cannot listen on `{address}`, which another program has; take another port, or 0 for any \
         that is free: "
    );
    assert!(words.contains(&said), "{words}");
    // Whoever has it is not disturbed.
    assert!(TcpStream::connect(taken.local_addr().unwrap()).is_ok());
}

#[test]
fn a_page_is_served_from_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("index.html"), "<p>hello").unwrap();
    let program = Program::start(program(&["--frontend", folder.path().to_str().unwrap()]));
    let page = program.ask(head("GET", "/", ""));
    assert_eq!(page.told(), (200, "<p>hello".to_owned()));
    assert_eq!(
        program.call("DevToolsRpcInterface-0.7.0-ping", "[null]").0,
        200
    );
}

#[cfg(unix)]
#[test]
fn a_signal_ends_it_in_order() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let mut program = Program::start(program(&[]));
        let mut idle = Connection::to(program.address);
        idle.send(head("GET", "/ping", ""));
        assert_eq!(idle.reply().unwrap().text(), "Success");
        let pid = program.pid().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &pid])
                .status()
                .unwrap()
                .success()
        );
        assert!(idle.is_closed());
        assert_eq!(program.child.wait().unwrap().code(), Some(code));
        let mut rest = String::new();
        program
            .child
            .stdout
            .take()
            .unwrap()
            .read_to_string(&mut rest)
            .unwrap();
        assert_eq!(rest, "", "one line is all it prints");
    }
}

#[cfg(feature = "desktop")]
#[test]
fn the_desktop_program_serves_likewise_and_needs_no_display() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_twinbridge"));
    command.args(["serve", "--interfaces", "DevToolsRpcInterface"]);
    command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    let program = Program::start(command);
    let told = program.call("DevToolsRpcInterface-0.7.0-ping", "[null]");
    assert_eq!(told, (200, "true".to_owned()));
}
