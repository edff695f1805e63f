//! Contracts: both halves compile them for their own target and must come to one fingerprint.
//!
//! The literals are the native ones. The same cases run natively, so that a fingerprint that
//! changes on purpose is changed in one place.

use twinbridge_common::{
    interfaces::{files::FilesInterface, host::AppHostInterface},
    ipc::{
        IpcInterface,
        test_contract::{EverythingInterface, PINNED},
    },
};

use crate::same;

const APP_INTERFACES: [(&str, &str, &str); 2] = [
    ("files", "1.0.0", "05faa25d64b2890a"),
    ("host", "1.0.0", "e7fa04b1845fd14a"),
];

pub(crate) fn the_fingerprint_of_a_contract_of_all_types_is_the_native_one() -> Result<(), String> {
    let info = EverythingInterface::info();
    same(
        "fingerprint",
        &info.fingerprint.to_string(),
        &PINNED.to_owned(),
    )
}

pub(crate) fn the_fingerprints_of_the_apps_own_interfaces_are_the_native_ones() -> Result<(), String>
{
    let found = [FilesInterface::info(), AppHostInterface::info()].map(|info| {
        let fingerprint = info.fingerprint.to_string();
        format!("{} {} {fingerprint}", info.channel, info.version)
    });
    let expected = APP_INTERFACES
        .map(|(channel, version, fingerprint)| format!("{channel} {version} {fingerprint}"));
    same("interfaces", &found, &expected)
}
