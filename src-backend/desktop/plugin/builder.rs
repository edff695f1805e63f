//! Puts the plugin together, with what it has besides a backend.

use tauri::{Context, Runtime, plugin::TauriPlugin};

use crate::{
    Backend,
    desktop::{Inspector, development::Development, policy},
};

/// The bridge for a Tauri app with more to say than [`plugin_for`](crate::plugin_for).
///
/// ```no_run
/// use twinbridge::{Backend, Inspector, PluginBuilder};
///
/// # fn run(backend: Backend, mut context: tauri::Context<tauri::Wry>) -> tauri::Result<()> {
/// let plugin = PluginBuilder::new(backend).inspector(Inspector::Always);
/// tauri::Builder::default().plugin(plugin.build(&mut context)).run(context)
/// # }
/// ```
#[derive(Debug)]
#[must_use = "an app has the bridge once the plugin is added to it"]
pub struct PluginBuilder {
    backend: Backend,
    inspector: Inspector,
}

impl PluginBuilder {
    /// The bridge to `backend`.
    pub fn new(backend: Backend) -> Self {
        Self {
            backend,
            inspector: Inspector::default(),
        }
    }

    /// Says whether the app has an inspector; by default debug builds have one. See
    /// [`Inspector`] for what opens it.
    pub fn inspector(mut self, inspector: Inspector) -> Self {
        self.inspector = inspector;
        self
    }

    /// The plugin for the app that is built from `context`, as
    /// [`plugin_for`](crate::plugin_for) gives it.
    #[must_use]
    pub fn build<R: Runtime>(self, context: &mut Context<R>) -> TauriPlugin<R> {
        policy::admit_remote_services(&self.backend, context);
        super::open(self.backend, Development::of(context), self.inspector)
    }
}
