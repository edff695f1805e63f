//! Writes the package of the default app: `twinbridge-types FOLDER`.
//!
//! Which interfaces pages use is said here; an app of its own has a program like this one.

use std::{path::Path, process::ExitCode};

use twinbridge_common::interfaces::{
    files::{FilesAskedInterface, FilesInterface},
    host::AppHostInterface,
    storage::{StorageChangedInterface, StorageInterface},
};
use twinbridge_types::Package;

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1) else {
        eprintln!("usage: twinbridge-types FOLDER");
        return ExitCode::from(2);
    };
    let package = Package::new("twinbridge")
        .version(env!("CARGO_PKG_VERSION"))
        .calls::<AppHostInterface>()
        .calls::<FilesInterface>()
        .hears::<FilesAskedInterface>()
        .calls::<StorageInterface>()
        .hears::<StorageChangedInterface>();
    match package.write(Path::new(&folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("writing into {}: {error}", Path::new(&folder).display());
            ExitCode::FAILURE
        }
    }
}
