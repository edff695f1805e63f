//! Keeps WebKitGTK from reading request bodies that it would crash on.
//!
//! wry reads the body of every request to a custom scheme, whatever the scheme's handler thinks of
//! it, and up to 2.50 the engine's function for that crashes the host if the body is a `Blob` or a
//! form with a file. A function of the same name stands before the engine's here, and passes on
//! what the app has opened; this is the only crate with `unsafe` in it.
#![cfg(target_os = "linux")]
#![allow(unsafe_code)] // Each block says why it may.

use std::{
    cell::Cell,
    ffi::CStr,
    sync::{OnceLock, PoisonError, RwLock},
};

use webkit2gtk::{
    URISchemeRequest, URISchemeRequestExt as _,
    ffi::{self, WebKitURISchemeRequest},
    gio::ffi::GInputStream,
    glib::translate::from_glib_none,
};

const NAME: &CStr = c"webkit_uri_scheme_request_get_http_body";

type GetBody = unsafe extern "C" fn(*mut WebKitURISchemeRequest) -> *mut GInputStream;

/// Says of a request whether its body may be read.
type May = Box<dyn Fn(&Request) -> bool + Send + Sync>;

/// A request to a custom scheme, without its body.
#[derive(Clone, Debug)]
pub struct Request(URISchemeRequest);

impl Request {
    /// Where it goes.
    #[must_use]
    pub fn address(&self) -> String {
        self.0.uri().map_or_else(String::new, String::from)
    }

    /// A header; which ones there are is the page's to say.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        let headers = self.0.http_headers()?;
        headers.one(name).map(String::from)
    }
}

/// One for each app in this process. Empty before the first, and then all bodies are read.
static DOORS: RwLock<Vec<May>> = RwLock::new(Vec::new());

thread_local! {
    /// Whether the function below was called without a request, as nobody else does.
    static IS_ASKED: Cell<bool> = const { Cell::new(false) };
}

/// From now on a request's body is read only if an app in this process says so;
/// any other request arrives without one.
///
/// # Errors
/// [`NotInPlace`], and then everything is read as before.
pub fn read_bodies_where(
    may: impl Fn(&Request) -> bool + Send + Sync + 'static,
) -> Result<(), NotInPlace> {
    IS_ASKED.set(false);
    // SAFETY: without a request, the engine's function gives nothing, and so does ours.
    unsafe { ffi::webkit_uri_scheme_request_get_http_body(std::ptr::null_mut()) };
    if !IS_ASKED.get() || engines_own().is_none() {
        return Err(NotInPlace);
    }
    let mut doors = DOORS.write().unwrap_or_else(PoisonError::into_inner);
    doors.push(Box::new(may));
    Ok(())
}

/// The linker has bound the executable to the engine's function, past the one in this crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotInPlace;

impl std::fmt::Display for NotInPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} is not the guarded one", NAME.to_string_lossy())
    }
}

impl std::error::Error for NotInPlace {}

/// What everything in this executable calls that asks for a request's body.
///
/// # Safety
/// As for the engine's function: `request` is a request or null, and this is its thread.
// SAFETY: the engine's function of this name has the same type; hiding it is the purpose.
#[unsafe(export_name = "webkit_uri_scheme_request_get_http_body")]
unsafe extern "C" fn get_http_body(request: *mut WebKitURISchemeRequest) -> *mut GInputStream {
    if request.is_null() {
        IS_ASKED.set(true);
        return std::ptr::null_mut();
    }
    // SAFETY: `request` is a request, and lives as long as the caller's.
    let seen = Request(unsafe { from_glib_none(request) });
    match engines_own() {
        // SAFETY: passed on as it came.
        Some(own) if may_read(&seen) => unsafe { own(request) },
        // No body, which the engine says of a GET, too.
        _ => std::ptr::null_mut(),
    }
}

fn may_read(request: &Request) -> bool {
    let doors = DOORS.read().unwrap_or_else(PoisonError::into_inner);
    doors.is_empty() || doors.iter().any(|may| may(request))
}

/// The engine's function: the one of this name that comes after the executable's.
fn engines_own() -> Option<GetBody> {
    static OWN: OnceLock<Option<GetBody>> = OnceLock::new();
    *OWN.get_or_init(|| {
        // SAFETY: the name is a string, and what has this name is a function of this type, in
        // every version of the engine that has it.
        unsafe {
            let own = libc::dlsym(libc::RTLD_NEXT, NAME.as_ptr());
            std::mem::transmute::<*mut libc::c_void, Option<GetBody>>(own)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_linker_binds_callers_to_the_guarded_function() {
        // A use of the library, which the linker would leave out otherwise.
        // SAFETY: it takes nothing and gives a number.
        let version = unsafe { ffi::webkit_get_major_version() };
        assert_eq!(version, 2);
        assert_eq!(read_bodies_where(|_| false), Ok(()));
    }
}
