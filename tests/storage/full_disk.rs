//! A disk without room.
//!
//! The disk is one of 1 MiB in memory, which a process may mount in a namespace of its own; where
//! the system does not allow that, the test says so and the one of a full store stands for it.

use std::process::Command;

use twinbridge::handlers::storage::StorageHandler;
use twinbridge_common::{
    interfaces::storage::{Storage as _, StorageError},
    wire::Value,
};

use crate::app::text;

const DISK: &str = "TWINBRIDGE_TEST_DISK";

#[test]
fn a_full_disk_is_told_and_what_was_kept_stays() {
    let disk = tempfile::tempdir().unwrap();
    let mount = "mount -t tmpfs -o size=1m none \"$0\" && exec \"$@\"";
    let within = |program: &std::path::Path, arguments: &[&str]| {
        Command::new("unshare")
            .args(["-rm", "sh", "-c", mount])
            .arg(disk.path())
            .arg(program)
            .args(arguments)
            .env(DISK, disk.path())
            .output()
    };
    let may_mount = within("true".as_ref(), &[]);
    if !may_mount.is_ok_and(|output| output.status.success()) {
        eprintln!("no disk could be mounted, so none was filled");
        return;
    }
    let program = std::env::current_exe().unwrap();
    let filled = within(&program, &["--exact", "full_disk::filled", "--ignored"]).unwrap();
    assert!(
        filled.status.success(),
        "{}",
        String::from_utf8_lossy(&filled.stdout)
    );
}

/// The part of the test above that runs on the small disk.
#[test]
#[ignore = "is started by the test above"]
fn filled() {
    let disk = std::env::var_os(DISK).expect("the test above sets it");
    let storage = StorageHandler::new(disk.into());
    storage.open(text("a")).unwrap();
    let value = |key: u64| Value::bytes(vec![key as u8; 10_000]);
    let set = |key: u64| storage.set(text("a"), key.to_string(), value(key));
    let mut kept = 0;
    let error = loop {
        match set(kept) {
            Ok(()) => kept += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, StorageError::Full { .. }), "{error:?}");
    assert!((10..100).contains(&kept), "{kept} were kept");
    assert!(matches!(
        storage.open(text("b")),
        Err(StorageError::Full { .. })
    ));
    storage.close(text("a"));
    storage.open(text("a")).unwrap();
    for key in 0..kept {
        assert_eq!(storage.get(text("a"), key.to_string()).unwrap(), value(key));
    }
}
