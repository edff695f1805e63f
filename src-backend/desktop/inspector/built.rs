//! Where the inspector's page is while this crate is compiled.
//!
//! For the build script, which packs it; the crate has this for its tests alone. In the repository
//! the page is where it is built, in a package where `cargo xtask crate` has put it.

use std::path::{Path, PathBuf};

/// In the repository.
const BUILT: &str = "target/page";

/// In a package.
const PACKAGED: &str = "src-backend/desktop/inspector/files";

/// What shows that a folder holds the page and no placeholder.
const MODULE: &str = "twinbridge_explorer_bg.wasm";

/// The folder of the page, below that of the crate; `None` where the repository has not built it.
///
/// # Errors
/// A sentence for whoever makes a package without it, whose apps would have an empty inspector.
pub(crate) fn folder(of_crate: &Path) -> Result<Option<PathBuf>, &'static str> {
    // Cargo writes it into every package, and nowhere else.
    let is_package = of_crate.join("Cargo.toml.orig").exists();
    let folder = of_crate.join(if is_package { PACKAGED } else { BUILT });
    match (folder.join(MODULE).exists(), is_package) {
        (true, _) => Ok(Some(folder)),
        (false, false) => Ok(None),
        (false, true) => Err(
            "this package of twinbridge lacks the inspector's page; `cargo xtask crate package` \
             and `cargo xtask crate publish` put it in",
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn write(path: &Path) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }

    #[test]
    fn a_package_without_the_page_is_refused_and_a_repository_without_it_is_not() {
        let scratch = tempfile::tempdir().unwrap();
        let crate_ = scratch.path();
        assert_eq!(folder(crate_), Ok(None));
        write(&crate_.join(BUILT).join(MODULE));
        assert_eq!(folder(crate_), Ok(Some(crate_.join(BUILT))));
        // What a repository has built is no part of its package.
        write(&crate_.join("Cargo.toml.orig"));
        let problem = folder(crate_).unwrap_err();
        assert!(problem.contains("lacks the inspector's page"), "{problem}");
        write(&crate_.join(PACKAGED).join("index.html"));
        assert!(folder(crate_).is_err());
        write(&crate_.join(PACKAGED).join(MODULE));
        assert_eq!(folder(crate_), Ok(Some(crate_.join(PACKAGED))));
    }

    #[test]
    fn a_repository_takes_the_page_that_it_has_built_and_no_older_one() {
        let scratch = tempfile::tempdir().unwrap();
        write(&scratch.path().join(PACKAGED).join(MODULE));
        assert_eq!(folder(scratch.path()), Ok(None));
    }
}
