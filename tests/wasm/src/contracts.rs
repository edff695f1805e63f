//! Contracts: both halves compile them for their own target and must come to one fingerprint.
//!
//! The expected ones are the native ones: a literal that a native test pins as well, and the
//! contract snapshot, which a native test compares and writes.

use twinbridge_common::{
    interfaces::{files::FilesInterface, host::AppHostInterface},
    ipc::{
        IpcInterface,
        test_contract::{EverythingInterface, PINNED},
    },
};

use crate::same;

const SNAPSHOT: &str = include_str!("../../../common/tests/contract.snap");

pub(crate) fn the_fingerprint_of_a_contract_of_all_types_is_the_native_one() -> Result<(), String> {
    let info = EverythingInterface::info();
    let expected = PINNED.to_owned();
    same("fingerprint", &info.fingerprint.to_string(), &expected)
}

pub(crate) fn the_fingerprints_of_the_apps_own_interfaces_are_the_native_ones() -> Result<(), String>
{
    for info in [FilesInterface::info(), AppHostInterface::info()] {
        let (channel, version) = (&info.channel, info.version);
        let fingerprint = info.fingerprint;
        let lines = format!("interface {channel}\nversion {version}\nfingerprint {fingerprint}\n");
        if !SNAPSHOT.contains(&lines) {
            return Err(format!("the contract snapshot does not say\n{lines}"));
        }
    }
    Ok(())
}
