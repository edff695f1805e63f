//! Pages from a folder on the disk, as they are there at each request.
//!
//! What the folder does not have comes from the app itself, so that an app that was never built
//! with a page shows its placeholder. Addresses and the content security policy stay the same.

use std::{
    borrow::Cow,
    fs,
    path::{Component, Path, PathBuf},
};

use tauri::{
    Assets, Context, Runtime,
    utils::assets::{AssetKey, AssetsIter, CspHash},
};

/// A folder, before the pages that are in the app.
pub(super) struct Pages<R: Runtime> {
    folder: PathBuf,
    embedded: Box<dyn Assets<R>>,
}

impl<R: Runtime> Pages<R> {
    /// Puts the folder before the pages of an app to be.
    pub(super) fn take_over(context: &mut Context<R>, folder: PathBuf) {
        let embedded = context.set_assets(Box::new(Nothing));
        context.set_assets(Box::new(Self { folder, embedded }));
    }
}

impl<R: Runtime> Assets<R> for Pages<R> {
    fn get(&self, key: &AssetKey) -> Option<Cow<'_, [u8]>> {
        let path = within(&self.folder, key.as_ref())?;
        match fs::read(path) {
            Ok(content) => Some(content.into()),
            Err(_) => self.embedded.get(key),
        }
    }

    fn iter(&self) -> Box<AssetsIter<'_>> {
        self.embedded.iter()
    }

    fn csp_hashes(&self, page: &AssetKey) -> Box<dyn Iterator<Item = CspHash<'_>> + '_> {
        self.embedded.csp_hashes(page)
    }
}

/// What stands in for the pages that are taken out.
struct Nothing;

impl<R: Runtime> Assets<R> for Nothing {
    fn get(&self, _: &AssetKey) -> Option<Cow<'_, [u8]>> {
        None
    }

    fn iter(&self) -> Box<AssetsIter<'_>> {
        Box::new(std::iter::empty())
    }

    fn csp_hashes(&self, _: &AssetKey) -> Box<dyn Iterator<Item = CspHash<'_>> + '_> {
        Box::new(std::iter::empty())
    }
}

/// A file of the folder; `None` for what leads out of it.
fn within(folder: &Path, key: &str) -> Option<PathBuf> {
    let relative = Path::new(key.trim_start_matches('/'));
    let mut parts = relative.components();
    parts
        .all(|part| matches!(part, Component::Normal(_)))
        .then(|| folder.join(relative))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_address_leads_out_of_the_folder() {
        let folder = Path::new("/pages");
        assert_eq!(within(folder, "/a/b.js"), Some("/pages/a/b.js".into()));
        for out in ["/../secret", "/a/../../secret", "/./a/../.."] {
            assert_eq!(within(folder, out), None, "{out}");
        }
        // It is a file of the folder, whatever it looks like.
        assert_eq!(
            within(folder, "//etc/passwd"),
            Some("/pages/etc/passwd".into())
        );
    }
}
