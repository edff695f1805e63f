//! Hearing of changed sources from the system.

use std::{collections::BTreeSet, path::PathBuf, sync::mpsc::Sender};

use notify::{EventKind, RecursiveMode, Watcher as _, event::ModifyKind};

use super::{Event, Half, halves::Halves};
use crate::error::TaskError;

/// Tells of every change of a source until it is dropped.
pub(super) struct Watch {
    _watcher: notify::RecommendedWatcher,
}

/// Begins to watch.
pub(super) fn watch(halves: &Halves, events: Sender<Event>) -> Result<Watch, TaskError> {
    let known = halves.clone();
    let on_event = move |event: notify::Result<notify::Event>| {
        let Ok(event) = event else {
            return;
        };
        let is_change = match event.kind {
            // Somebody read it, the compiler for one.
            EventKind::Access(_) | EventKind::Modify(ModifyKind::Metadata(_)) => false,
            _ => true,
        };
        for path in event.paths.iter().filter(|_| is_change) {
            let halves: Vec<Half> = known.with(path);
            if !halves.is_empty() {
                let what = path.display().to_string();
                // Nobody listens any more where the loop has ended.
                let _ = events.send(Event::Changed { what, halves });
            }
        }
    };
    let failed = |source| TaskError::Watch { source };
    let mut watcher = notify::recommended_watcher(on_event).map_err(failed)?;
    let folders: BTreeSet<PathBuf> = halves.folders().map(PathBuf::from).collect();
    for folder in &folders {
        // Watched with the folder above it.
        if folders
            .iter()
            .any(|other| other != folder && folder.starts_with(other))
        {
            continue;
        }
        watcher
            .watch(folder, RecursiveMode::Recursive)
            .map_err(failed)?;
    }
    let around: BTreeSet<PathBuf> = halves.folders_of_files().map(PathBuf::from).collect();
    for folder in around.iter().filter(|folder| folder.is_dir()) {
        if !folders.iter().any(|other| folder.starts_with(other)) {
            watcher
                .watch(folder, RecursiveMode::NonRecursive)
                .map_err(failed)?;
        }
    }
    Ok(Watch { _watcher: watcher })
}
