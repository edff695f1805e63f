//! Whether a host is the only one of its app, and what it does when another is started.

use std::{fmt, path::PathBuf};

use crate::desktop::{
    InstanceError, Launch, Windows,
    instance::{self, Claimed, Closing, First},
};

/// Whether there may be others of this app.
#[derive(Default)]
pub(super) struct Single {
    /// The folder that has one instance only; `None` for as many as there are.
    pub(super) data_dir: Option<PathBuf>,
    pub(super) on_launch: Option<Box<OnLaunch>>,
}

/// What the first instance does when there is a second.
pub(super) type OnLaunch = dyn Fn(&Windows, Launch) + Send;

impl Single {
    /// Becomes the only instance or hands over; `None` where that is not asked for, or the folder
    /// is of no use: then the app is of use without.
    pub(super) fn claim(&self) -> Result<Option<Claimed>, InstanceError> {
        let Some(data_dir) = &self.data_dir else {
            return Ok(None);
        };
        match instance::claim(data_dir, &Launch::own()) {
            Ok(claimed) => claimed.map(Some),
            Err(error) => {
                let data_dir = data_dir.display();
                tracing::warn!(%error, %data_dir, "other instances cannot be told from here");
                Ok(None)
            }
        }
    }

    /// Hears of other instances from here on.
    pub(super) fn listen(self, first: First, windows: Windows) -> Option<Closing> {
        let on_launch = self
            .on_launch
            .unwrap_or_else(|| Box::new(|windows, _| windows.raise_any()));
        let listening = first.listen(move |launch| {
            tracing::info!("another instance was started, and its command line handed over");
            on_launch(&windows, launch);
        });
        listening
            .inspect_err(|error| tracing::warn!(%error, "other instances are not heard"))
            .ok()
    }
}

impl fmt::Debug for Single {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Single").field(&self.data_dir).finish()
    }
}
