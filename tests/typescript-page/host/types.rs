//! Writes the package that the sample page is built with.
//!
//! The contract of the tests that holds every kind of type is in it too, so that the compiler of
//! TypeScript sees them all.

use std::{io, path::Path};

use twinbridge::common::ipc::test_contract::EverythingInterface;
use twinbridge_types::Package;
use twinbridge_typescript_sample::{
    SampleEarlyInterface, SampleEventsInterface, SampleInterface, SampleNewsInterface,
    SamplePageInterface,
};

fn main() -> io::Result<()> {
    let folder = std::env::args_os().nth(1);
    let folder = folder.ok_or_else(|| io::Error::other("the folder is missing"))?;
    Package::new("sample-backend")
        .calls::<SampleInterface>()
        .hears::<SampleEventsInterface>()
        .hears::<SampleEarlyInterface>()
        .tells::<SampleNewsInterface>()
        .answers::<SamplePageInterface>()
        .calls::<EverythingInterface>()
        .write(Path::new(&folder))
}
