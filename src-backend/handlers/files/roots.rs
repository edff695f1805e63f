//! The folders that files may be read from, where not every file may.
//!
//! A path is judged by where it leads, after all links. What lies outside is refused alike whether
//! it exists or not. Whoever can write into the folders is trusted: a link that is put in place
//! between the look and the opening is followed.

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
    /// nearest folder on it that exists.
    pub(super) fn admit(&self, path: &Path, asked: &str) -> Result<(), FilesError> {
        let mut ancestors = path.ancestors();
        let is_inside = path.is_absolute()
            && ancestors
                .find_map(|ancestor| fs::canonicalize(ancestor).ok())
                .is_some_and(|found| self.0.iter().any(|root| found.starts_with(root)));
        if is_inside {
            return Ok(());
        }
        let path = asked.to_owned();
        Err(FilesError::Permission { path })
    }
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
