//! What the contract macros refuse, in the words that the compiler shows.
//!
//! Every case in `tests/ui/fail` shows one mistake; its `.stderr` is what its author reads. It
//! changes with the compiler too: bless it with `TRYBUILD=overwrite` and read the difference.

#[test]
fn mistakes_in_contracts_are_refused_where_they_stand() {
    if std::env::var_os("TWINBRIDGE_SKIP_TRYBUILD").is_some() {
        eprintln!("skipped: TWINBRIDGE_SKIP_TRYBUILD is set");
        return;
    }
    let cases = trybuild::TestCases::new();
    cases.pass("../tests/ui/pass/*.rs");
    cases.compile_fail("../tests/ui/fail/*.rs");
}
