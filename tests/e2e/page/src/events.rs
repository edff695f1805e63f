//! Listeners of the page, and what they have heard.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use twinbridge_common::{Bytes, ipc::Listener};

use crate::{
    contract::{Course, LabEvents, LabEventsReceiver, Numbered},
    page::{Page, say},
};

/// A listener that this page has attached.
pub(crate) struct Listening {
    heard: Arc<Heard>,
    /// Attached as long as this is there.
    guard: Option<Listener>,
}

/// What one listener has heard, by the name of the notification.
struct Heard {
    session: u64,
    courses: Mutex<BTreeMap<&'static str, Course>>,
    /// Detaches the listener when this number is told.
    until: Option<(String, u32)>,
}

impl Heard {
    fn add(&self, kind: &'static str, numbered: Numbered) {
        let mut courses = self.courses.lock().unwrap_or_else(PoisonError::into_inner);
        let course = courses.entry(kind).or_default();
        course.add_of(numbered, self.session);
    }

    fn course(&self, kind: &str) -> Course {
        let courses = self.courses.lock().unwrap_or_else(PoisonError::into_inner);
        courses.get(kind).copied().unwrap_or_default()
    }
}

/// The listener itself: a wrapper, so that the page keeps what it heard.
struct Ear(Arc<Heard>);

impl LabEvents for Ear {
    fn told(&self, session: u64, number: u32, _filling: Bytes) {
        self.0.add("told", Numbered { session, number });
        let Ok(page) = Page::get() else {
            return;
        };
        page.more();
        if let Some((name, until)) = &self.0.until
            && *until == number
        {
            detach(&page, name);
        }
    }

    fn newest(&self, session: u64, number: u32) {
        self.0.add("newest", Numbered { session, number });
    }
}

/// Attaches a listener, which detaches itself when the number `until` is told.
pub(crate) fn listen(page: &Page, name: &str, until: Option<u32>) -> Result<(), String> {
    let heard = Arc::new(Heard {
        session: page.session,
        courses: Mutex::default(),
        until: until.map(|number| (name.to_owned(), number)),
    });
    let ear = LabEventsReceiver(Ear(Arc::clone(&heard)));
    // What was kept for it is delivered here, before it is in the table.
    let guard = Some(page.ipc.listen(ear).map_err(say)?);
    let mut listeners = page.listeners.borrow_mut();
    listeners.insert(name.to_owned(), Listening { heard, guard });
    Ok(())
}

/// Detaches a listener. What it has heard stays.
pub(crate) fn detach(page: &Page, name: &str) {
    if let Some(listening) = page.listeners.borrow_mut().get_mut(name) {
        listening.guard = None;
    }
}

/// What a listener has heard.
pub(crate) fn heard(page: &Page, name: &str, kind: &str) -> Result<Course, String> {
    let listeners = page.listeners.borrow();
    let listening = listeners.get(name).ok_or("there is no such listener")?;
    Ok(listening.heard.course(kind))
}
