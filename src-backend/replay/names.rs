//! What a recording without payloads can tell: whether all that was called is still there.

use std::collections::BTreeSet;

use twinbridge_common::{
    interfaces::inspector::{Half, What},
    ipc::IpcHandler,
    recording::Recording,
};

use super::Report;
use crate::Backend;

/// Compares the channels, versions and methods that were called with those of `backend`.
pub(super) fn compare(recording: &Recording, backend: &Backend, report: &mut Report) {
    let handlers = backend.socket().handlers();
    let find = |channel: &str| {
        let mut handlers = handlers.iter();
        handlers.find(|handler| handler.channel_name().as_str() == channel)
    };
    let mut called = BTreeSet::new();
    for happening in &recording.happenings {
        if let What::Call(made) = &happening.what
            && made.by == Half::Page
        {
            report.calls += 1;
            called.insert((&*made.channel, &*made.method));
        }
    }
    let channels: BTreeSet<_> = called.iter().map(|(channel, _)| *channel).collect();
    let recorded = recording.header.interfaces.iter();
    for interface in recorded.filter(|interface| channels.contains(&*interface.channel)) {
        let channel = &interface.channel;
        let was = &interface.build;
        let Some(handler) = find(channel) else {
            report.differs(channel, "the backend has no handler for it");
            continue;
        };
        let fingerprint = handler.interface().map(|info| info.fingerprint);
        if handler.version() != was.version {
            let (was, is) = (&was.version, handler.version());
            report.differs(channel, format!("version {was} became {is}"));
        } else if fingerprint != was.fingerprint {
            report.differs(channel, "the signatures changed under one version");
        }
    }
    for (channel, method) in called {
        let name = format!("{channel}.{method}");
        match find(channel) {
            Some(handler) if !has_method(&**handler, method) => {
                report.differs(name, "the backend has no such method");
            }
            // What had no handler when it was recorded is said as it was then.
            _ => {}
        }
    }
}

/// What a handler without a contract has is not known before it is called.
fn has_method(handler: &dyn IpcHandler, method: &str) -> bool {
    let Some(info) = handler.interface() else {
        return true;
    };
    let mut methods = info.methods.iter();
    method == "getVersion" || methods.any(|known| known.name.as_str() == method)
}
