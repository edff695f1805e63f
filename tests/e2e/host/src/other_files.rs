//! Interfaces of the channel `files` that are not the one that the Explorer was built with.
//!
//! They only have to differ: nobody gets to call them.

use twinbridge::HostBuilder;
use twinbridge_common::ipc_interface;

/// How the app's `files` differs.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum Differing {
    /// It has a lower version.
    Older,
    /// It has a higher version.
    Newer,
    /// It has the same version and other signatures.
    Same,
    /// There is none.
    None,
}

impl Differing {
    /// Registers what there is of it.
    pub(crate) fn register(self, host: HostBuilder) -> HostBuilder {
        match self {
            Self::Older => host.handler(older::OlderServer(Nothing)),
            Self::Newer => host.handler(newer::NewerServer(Nothing)),
            Self::Same => host.handler(same::SameServer(Nothing)),
            Self::None => host,
        }
    }
}

#[derive(Debug)]
struct Nothing;

mod older {
    use super::{Nothing, ipc_interface};

    /// Files as they once were.
    #[ipc_interface(channel = "files", version = "1.0.0")]
    pub(super) trait Older {
        /// Nothing.
        async fn nothing(&self);
    }

    impl Older for Nothing {
        async fn nothing(&self) {}
    }
}

mod newer {
    use super::{Nothing, ipc_interface};

    /// Files as they may become.
    #[ipc_interface(channel = "files", version = "99.0.0")]
    pub(super) trait Newer {
        /// Nothing.
        async fn nothing(&self);
    }

    impl Newer for Nothing {
        async fn nothing(&self) {}
    }
}

mod same {
    use super::{Nothing, ipc_interface};

    /// Files with one signature that is not the page's.
    #[ipc_interface(channel = "files", version = "1.2.0")]
    pub(super) trait Same {
        /// Nothing.
        async fn nothing(&self);
    }

    impl Same for Nothing {
        async fn nothing(&self) {}
    }
}
