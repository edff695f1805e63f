//! The folders that files may be read from, where not every file may.
//!
//! A path is judged by where it leads, after all links, and what was opened by where it is. What
//! lies outside is refused alike whether it exists or not.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use twinbridge_common::interfaces::files::FilesError;

/// Folders, without links in their own paths.
#[derive(Clone, Debug)]
pub(super) struct Roots(Vec<PathBuf>);

impl Roots {
    /// # Errors
    /// The first path that is no folder, and why.
    pub(super) fn new(folders: Vec<PathBuf>) -> Result<Self, (PathBuf, io::Error)> {
        let canonical = folders.into_iter().map(|folder| {
            let found = fs::canonicalize(&folder).and_then(|found| {
                if found.is_dir() {
                    Ok(found)
                } else {
                    Err(io::Error::from(io::ErrorKind::NotADirectory))
                }
            });
            found.map_err(|error| (folder, error))
        });
        canonical.collect::<Result<_, _>>().map(Self)
    }

    /// Refuses a path that leads out of the folders. One that leads nowhere is judged by the
    /// nearest folder on it that exists. Gives the path without links, if it leads anywhere.
    pub(super) fn admit(&self, path: &Path, asked: &str) -> Result<PathBuf, FilesError> {
        let mut ancestors = path.ancestors();
        let nearest = ancestors.find_map(|ancestor| {
            let found = fs::canonicalize(ancestor).ok()?;
            Some((found, ancestor == path))
        });
        match nearest {
            Some((found, is_itself)) if path.is_absolute() => {
                self.hold(&found, asked)?;
                Ok(if is_itself { found } else { path.to_owned() })
            }
            _ => Err(refusal(asked)),
        }
    }

    /// Refuses a path without links that is outside of the folders.
    pub(super) fn hold(&self, place: &Path, asked: &str) -> Result<(), FilesError> {
        if self.0.iter().any(|root| place.starts_with(root)) {
            return Ok(());
        }
        Err(refusal(asked))
    }
}

fn refusal(asked: &str) -> FilesError {
    let path = asked.to_owned();
    FilesError::Permission { path }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_path_is_judged_by_where_it_leads() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["root/inner", "outside", "root-2"] {
            fs::create_dir_all(at(name)).unwrap();
        }
        for name in ["root/a", "root/inner/b", "outside/c", "root-2/d"] {
            fs::write(at(name), "x").unwrap();
        }
        symlink(at("outside"), at("root/out")).unwrap();
        symlink(at("outside/c"), at("root/c")).unwrap();
        symlink(at("root/inner"), at("root/in")).unwrap();
        let roots = Roots::new(vec![at("root")]).unwrap();
        let admit = |path: &Path| roots.admit(path, "asked").is_ok();
        for good in [
            "root/a",
            "root/inner/b",
            "root/in/b",
            "root/inner/../a",
            "root/missing",
        ] {
            assert!(admit(&at(good)), "{good}");
        }
        for bad in [
            "outside/c",
            "outside/missing",
            "root/out/c",
            "root/out/missing",
            "root/c",
            "root/../outside/c",
            "root-2/d",
            "",
        ] {
            assert!(!admit(&at(bad)), "{bad}");
        }
        assert!(!admit(Path::new("a")), "a relative path");
        assert!(!admit(Path::new("/etc/passwd")));
    }

    /// A folder on the path becomes a link and a folder again, as often as it can be.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_link_that_comes_between_the_look_and_the_opening_leads_nowhere() {
        use std::sync::atomic::{AtomicBool, Ordering};

        use super::super::source::Source;

        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["root/inner", "outside"] {
            fs::create_dir_all(at(name)).unwrap();
        }
        fs::write(at("root/inner/a"), "in").unwrap();
        fs::write(at("outside/a"), "outside").unwrap();
        symlink(at("outside"), at("link")).unwrap();
        let roots = Roots::new(vec![at("root")]).unwrap();
        let is_over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    fs::rename(at("root/inner"), at("kept")).unwrap();
                    fs::rename(at("link"), at("root/inner")).unwrap();
                    fs::rename(at("root/inner"), at("link")).unwrap();
                    fs::rename(at("kept"), at("root/inner")).unwrap();
                }
            });
            let path = at("root/inner/a");
            let mut opened = 0;
            for _ in 0..20_000 {
                let source = roots.admit(&path, "asked").and_then(|found| {
                    let source = Source::open(&found, "asked")?;
                    roots.hold(source.place(), "asked")?;
                    Ok(source)
                });
                if let Ok(source) = source {
                    assert_eq!(source.len(), 2, "a file outside was opened");
                    opened += 1;
                }
            }
            is_over.store(true, Ordering::Relaxed);
            assert!(opened > 0);
        });
    }

    #[test]
    fn a_root_is_a_folder_that_exists() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        let (path, _) = Roots::new(vec![file.clone()]).unwrap_err();
        assert_eq!(path, file);
        fs::write(&file, "x").unwrap();
        assert!(Roots::new(vec![file]).is_err());
    }
}
