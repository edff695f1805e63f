//! Holds `docs/versioning.md` against the code.
//!
//! The page's table of versions is put to the rule, and the sentences it quotes are made by the
//! code that a user meets them from.

use twinbridge_common::{
    ipc::{VersionPolicy, is_compatible},
    wire::{Build, ChannelName, DeclaredInterface},
};

use crate::document::{file, table};

#[test]
fn the_pages_table_of_compatible_versions_is_the_rule() {
    let page = file("docs/versioning.md");
    for row in table(&page, "### Compatible", "backend") {
        let fits = match row[2].as_str() {
            "yes" => true,
            "no" => false,
            other => panic!("{other}"),
        };
        assert_eq!(is_compatible(&row[0], &row[1]), fits, "{row:?}");
    }
}

#[test]
fn the_page_quotes_the_advice_of_the_code() {
    let page = file("docs/versioning.md");
    let (a, b) = ("000000000000000a", "000000000000000b");
    let cases = [
        ("1.0.0", Some(("1.1.0", b))),
        ("1.2.0", Some(("1.1.0", b))),
        ("1.0.0", Some(("1.0.0", b))),
        ("1.0.0", None),
    ];
    for (frontend, backend) in cases {
        let declared = DeclaredInterface {
            channel: ChannelName::literal("notes"),
            version: frontend.to_owned(),
            fingerprint: a.parse().unwrap(),
        };
        let backend = backend.map(|(version, fingerprint)| Build {
            version: version.to_owned(),
            fingerprint: Some(fingerprint.parse().unwrap()),
        });
        let verdict = VersionPolicy::Exact.judge(&declared, backend);
        let advice = verdict.advice().unwrap();
        assert!(page.contains(&advice), "{advice}");
    }
}
