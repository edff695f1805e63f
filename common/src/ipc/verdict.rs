//! Whether the two halves agree on an interface.
//!
//! The backend judges every interface that a frontend declares; both halves then refuse calls on
//! those that do not fit, and the app shows all of them at once. The rule is per interface.

use super::{Refusal, StartupError};
use crate::wire::{Build, DeclaredInterface, Verdict};

/// How equal two versions of an interface must be.
#[cfg_attr(doc, doc = include_str!("../../examples/handshake.md"))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VersionPolicy {
    /// Same version and, where both halves have one, same fingerprint. iModel.js compares IPC
    /// versions with `!==`.
    #[default]
    Exact,
    /// iModel.js's rule for RPC: same major; the backend's minor at least the frontend's; below
    /// 1.0.0 only a newer patch in the backend; prereleases only if equal.
    Compatible,
}

impl VersionPolicy {
    /// Judges one interface. `backend` is `None` where no handler is registered.
    #[must_use]
    pub fn judge(self, declared: &DeclaredInterface, backend: Option<Build>) -> Verdict {
        let frontend = Build {
            version: declared.version.clone(),
            fingerprint: Some(declared.fingerprint),
        };
        let fits = backend.as_ref().is_some_and(|backend| match self {
            Self::Exact => {
                backend.version == frontend.version
                    && backend
                        .fingerprint
                        .is_none_or(|own| own == declared.fingerprint)
            }
            Self::Compatible => is_compatible(&backend.version, &frontend.version),
        });
        Verdict {
            channel: declared.channel.clone(),
            frontend,
            backend,
            fits,
        }
    }
}

/// iModel.js: `RpcInterface.isVersionCompatible`, with the answers of its 5.x generation.
#[must_use]
pub fn is_compatible(backend: &str, frontend: &str) -> bool {
    if backend == frontend {
        return true;
    }
    if has_prerelease(backend) || has_prerelease(frontend) {
        return false;
    }
    let (backend, frontend) = (numbers(backend), numbers(frontend));
    // A number that cannot be read equals nothing, itself included, as NaN does there.
    let same = |at: usize| matches!((backend[at], frontend[at]), (Some(b), Some(f)) if b == f);
    let below = |at: usize| matches!((backend[at], frontend[at]), (Some(b), Some(f)) if f < b);
    if !same(0) {
        return false;
    }
    if backend[0] == Some(0) {
        return same(1) && below(2);
    }
    same(1) || below(1)
}

fn has_prerelease(version: &str) -> bool {
    version
        .find(['-', ':'])
        .is_some_and(|at| at + 1 < version.len())
}

fn numbers(version: &str) -> [Option<u64>; 3] {
    let mut parts = version.split('.').map(|part| part.parse().ok());
    [0; 3].map(|_| parts.next().flatten())
}

impl Verdict {
    /// What every call on an interface that does not fit gets.
    pub(crate) fn refusal(&self) -> Refusal {
        let Some(backend) = &self.backend else {
            return Refusal::UnknownChannel {
                channel: self.channel.to_string(),
            };
        };
        let same_version = backend.version == self.frontend.version;
        Refusal::VersionMismatch {
            channel: self.channel.to_string(),
            backend: backend.in_words(same_version),
            frontend: self.frontend.in_words(same_version),
        }
    }

    /// What is wrong and what to do about it, in one sentence; `None` if nothing is.
    #[must_use]
    pub fn advice(&self) -> Option<String> {
        if self.fits {
            return None;
        }
        let channel = &self.channel;
        let Some(backend) = &self.backend else {
            return Some(format!(
                "`{channel}`: the backend has no handler for it, the frontend was built with version {}; register its handler in the backend, or rebuild the backend",
                self.frontend.version
            ));
        };
        let same_version = backend.version == self.frontend.version;
        let (ours, theirs) = (
            backend.in_words(same_version),
            self.frontend.in_words(same_version),
        );
        let remedy = match older(&backend.version, &self.frontend.version) {
            Half::Backend => "the backend is the older half: rebuild the backend",
            Half::Frontend => "the frontend is the older half: rebuild the page",
            Half::Both => {
                "the signatures differ under one version: rebuild both halves, and raise the version"
            }
        };
        Some(format!(
            "`{channel}`: backend({ours}) vs. frontend({theirs}); {remedy}"
        ))
    }

    /// Which half to rebuild; `None` where the interface fits.
    #[must_use]
    pub fn to_rebuild(&self) -> Option<Half> {
        if self.fits {
            return None;
        }
        Some(match &self.backend {
            Some(backend) => older(&backend.version, &self.frontend.version),
            None => Half::Backend,
        })
    }
}

/// A half of an app, or both: what is to be rebuilt.
#[cfg_attr(doc, doc = include_str!("../../examples/handshake.md"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Half {
    /// The page.
    Frontend,
    /// The backend.
    Backend,
    /// Each has what the other has not.
    Both,
}

impl Build {
    fn in_words(&self, with_fingerprint: bool) -> String {
        match self.fingerprint {
            Some(fingerprint) if with_fingerprint => format!("{}#{fingerprint}", self.version),
            _ => self.version.clone(),
        }
    }
}

/// The older one, or both where neither is.
fn older(backend: &str, frontend: &str) -> Half {
    match numbers(backend).cmp(&numbers(frontend)) {
        std::cmp::Ordering::Less => Half::Backend,
        std::cmp::Ordering::Greater => Half::Frontend,
        std::cmp::Ordering::Equal => Half::Both,
    }
}

/// Refuses to start unless every interface fits.
pub(crate) fn all_fit(verdicts: &[Verdict]) -> Result<(), StartupError> {
    if verdicts.iter().all(|verdict| verdict.fits) {
        Ok(())
    } else {
        Err(StartupError::Mismatch {
            verdicts: verdicts.to_vec(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compatible_versions_are_those_of_imodel_js() {
        for (backend, frontend, fits) in [
            ("1.2.3", "1.2.3", true),
            ("1.2.3", "1.2.2", true),
            ("1.2.2", "1.2.3", true),
            ("1.3.0", "1.2.9", true),
            ("1.2.9", "1.3.0", false),
            ("2.0.0", "1.0.0", false),
            ("0.1.1", "0.1.0", true),
            ("0.1.0", "0.1.1", false),
            ("0.2.0", "0.1.0", false),
            ("1.0.0-a", "1.0.0-a", true),
            ("1.0.0-a", "1.0.0", false),
            ("1.0.0", "1.0.0-a", false),
            ("", "", true),
            ("1.0.0", "", false),
            ("1.0.0", "kash", false),
            ("1.2", "1.2.0", true),
            ("1.0.0+b", "1.0.0", true),
            ("1.2.3", "v1.2.3", false),
            ("3.1.0", "kash", false),
            ("kash", "kash", true),
            ("CONTROL", "CONTROL", true),
            ("0.1.0", "1.1.0", false),
            ("1.1.9", "1.1.0", true),
            ("1.2.3", "2.0.0", false),
            ("1.2.3", "1.1.9", true),
            ("1.2.3", "1.3.0", false),
        ] {
            assert_eq!(
                is_compatible(backend, frontend),
                fits,
                "{backend:?} {frontend:?}"
            );
        }
    }

    fn declared(version: &str, fingerprint: &str) -> DeclaredInterface {
        DeclaredInterface {
            channel: crate::wire::ChannelName::literal("notes"),
            version: version.to_owned(),
            fingerprint: fingerprint.parse().unwrap(),
        }
    }

    fn built(version: &str, fingerprint: &str) -> Option<Build> {
        Some(Build {
            version: version.to_owned(),
            fingerprint: Some(fingerprint.parse().unwrap()),
        })
    }

    const A: &str = "000000000000000a";
    const B: &str = "000000000000000b";

    #[test]
    fn the_half_to_rebuild_is_the_older_one() {
        let judge = |declared, backend| VersionPolicy::Exact.judge(&declared, backend).to_rebuild();
        for (backend, half) in [
            (built("1.0.0", A), None),
            (built("0.9.0", A), Some(Half::Backend)),
            (built("1.1.0", A), Some(Half::Frontend)),
            (built("1.0.0", B), Some(Half::Both)),
            (None, Some(Half::Backend)),
        ] {
            assert_eq!(judge(declared("1.0.0", A), backend), half);
        }
    }

    #[test]
    fn every_mismatch_says_what_to_rebuild() {
        let judge = |declared, backend| VersionPolicy::Exact.judge(&declared, backend).advice();
        assert_eq!(judge(declared("1.0.0", A), built("1.0.0", A)), None);
        assert_eq!(
            judge(declared("1.0.0", A), built("1.1.0", B)).unwrap(),
            "`notes`: backend(1.1.0) vs. frontend(1.0.0); the frontend is the older half: rebuild the page"
        );
        assert_eq!(
            judge(declared("1.2.0", A), built("1.1.0", B)).unwrap(),
            "`notes`: backend(1.1.0) vs. frontend(1.2.0); the backend is the older half: rebuild the backend"
        );
        assert_eq!(
            judge(declared("1.0.0", A), built("1.0.0", B)).unwrap(),
            "`notes`: backend(1.0.0#000000000000000b) vs. frontend(1.0.0#000000000000000a); the signatures differ under one version: rebuild both halves, and raise the version"
        );
        assert_eq!(
            judge(declared("1.0.0", A), None).unwrap(),
            "`notes`: the backend has no handler for it, the frontend was built with version 1.0.0; register its handler in the backend, or rebuild the backend"
        );
    }

    #[test]
    fn the_refusal_of_a_mismatched_call_reads_as_in_imodel_js() {
        let verdict = VersionPolicy::Exact.judge(&declared("1.0.0", A), built("1.1.0", B));
        let refusal = verdict.refusal();
        assert_eq!(
            refusal.to_string(),
            "notes version wrong: backend(1.1.0) vs. frontend(1.0.0)"
        );
        assert_eq!(refusal.number(), Some(65_539));
    }
}
