//! Two instances in one process: locks belong to open files, not to processes.

use std::sync::mpsc;

use tempfile::TempDir;

use super::*;
use crate::desktop::instance::{Claimed, First, InstanceError, claim};

fn launch(arguments: &[&str]) -> Launch {
    Launch {
        arguments: arguments.iter().map(OsString::from).collect(),
        working_dir: "/here".into(),
    }
}

fn first(data_dir: &Path) -> First {
    match claim(data_dir, &launch(&["first"])).unwrap() {
        Ok(Claimed::First(first)) => first,
        other => panic!("{other:?}"),
    }
}

fn second(data_dir: &Path, launch: &Launch) -> Result<Claimed, InstanceError> {
    claim(data_dir, launch).unwrap()
}

#[test]
fn the_second_hands_its_command_line_to_the_first() {
    let data = TempDir::new().unwrap();
    let (send, launches) = mpsc::channel();
    let _closing = first(data.path())
        .listen(move |launch| send.send(launch).unwrap())
        .unwrap();
    let mut odd = launch(&["app", "", "a b", "é"]);
    odd.arguments
        .push(OsStr::from_bytes(b"not \xFF UTF-8").to_owned());
    for launch in [launch(&[]), odd] {
        let handed = second(data.path(), &launch);
        assert!(matches!(handed, Ok(Claimed::HandedOver)), "{handed:?}");
        assert_eq!(launches.recv().unwrap(), launch);
    }
}

#[test]
fn a_folder_with_a_long_path_has_instances_too() {
    let data = TempDir::new().unwrap();
    let long = data.path().join("x".repeat(200));
    let (send, launches) = mpsc::channel();
    let _closing = first(&long)
        .listen(move |launch| send.send(launch).unwrap())
        .unwrap();
    let handed = second(&long, &launch(&["again"]));
    assert!(matches!(handed, Ok(Claimed::HandedOver)), "{handed:?}");
    assert_eq!(launches.recv().unwrap(), launch(&["again"]));
}

#[test]
fn the_next_is_the_first_when_the_first_is_gone_and_has_left_its_socket() {
    let data = TempDir::new().unwrap();
    drop(first(data.path()));
    assert!(data.path().join("instance/socket").exists());
    drop(first(data.path()));
}

#[test]
fn a_first_that_ends_sends_launches_away() {
    let data = TempDir::new().unwrap();
    let folder = data.path().join("instance");
    let closing = first(data.path())
        .listen(|launch| panic!("{launch:?} was taken"))
        .unwrap();
    // Connected before the end, served after it.
    let mut early = UnixStream::connect(folder.join(SOCKET)).unwrap();
    closing.close();
    launch(&["early"]).write(&mut early).unwrap();
    let mut answer = [0];
    early.read_exact(&mut answer).unwrap();
    assert_eq!(answer, [ENDING]);
    let late = hand_over(&folder, &launch(&["late"])).unwrap_err();
    assert_eq!(late.kind(), io::ErrorKind::NotFound);
}

#[test]
fn what_is_no_launch_is_not_understood_and_the_next_is_served() {
    let data = TempDir::new().unwrap();
    let (send, launches) = mpsc::channel();
    let _closing = first(data.path())
        .listen(move |launch| send.send(launch).unwrap())
        .unwrap();
    let folder = data.path().join("instance");
    for bytes in [
        // Another version.
        &[2, 0, 0, 0, 0][..],
        // Longer than the limit.
        &[1, 1, 0, 16, 0],
        // No working folder.
        &[1, 0, 0, 0, 0],
        // A text that is longer than what holds it.
        &[1, 5, 0, 0, 0, 2, 0, 0, 0, b'x'],
    ] {
        let mut stream = UnixStream::connect(folder.join(SOCKET)).unwrap();
        stream.write_all(bytes).unwrap();
        let mut answer = [0];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(answer, [NOT_UNDERSTOOD], "{bytes:?}");
    }
    // One that says nothing, and one that goes.
    let _silent = UnixStream::connect(folder.join(SOCKET)).unwrap();
    drop(UnixStream::connect(folder.join(SOCKET)).unwrap());
    let handed = second(data.path(), &launch(&["app"]));
    assert!(matches!(handed, Ok(Claimed::HandedOver)), "{handed:?}");
    assert_eq!(launches.recv().unwrap(), launch(&["app"]));
}

#[test]
fn a_command_line_beyond_the_limit_is_not_sent() {
    let data = TempDir::new().unwrap();
    let _closing = first(data.path()).listen(|_| ()).unwrap();
    let long = "x".repeat(1024 * 1024);
    let refused = hand_over(&data.path().join("instance"), &launch(&[&long])).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "a command line of 1048576 bytes or more is not handed over"
    );
}

#[test]
fn the_folder_is_its_users_alone() {
    let data = TempDir::new().unwrap();
    let folder = data.path().join("instance");
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
    drop(first(data.path()));
    let mode = fs::metadata(&folder).unwrap().mode();
    assert_eq!(mode & 0o777, 0o700);

    let elsewhere = TempDir::new().unwrap();
    let linked = TempDir::new().unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), linked.path().join("instance")).unwrap();
    let refused = claim(linked.path(), &launch(&[])).unwrap_err();
    assert!(
        refused
            .to_string()
            .ends_with("is not a folder of this user"),
        "{refused}"
    );
}
