//! What a page of another origin may send and read, and how 2.19 asks for it.
//!
//! Whether an origin is allowed at all is the shell's to say; these are the headers for one that
//! is.

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::header::BadHeader;

/// Methods of requests.
pub const ALLOWED_METHODS: &str = "POST, GET, OPTIONS";

/// Headers of requests, in iTwin's order. Clients of 2.19 look for `X-Protocol-Version` in it on
/// first contact, and send that header only if it is there.
pub const ALLOWED_HEADERS: &str = "Content-Type, Access-Control-Allow-Headers, Authorization, X-Requested-With, X-Correlation-Id, X-Session-Id, X-Application-Id, X-Application-Version, X-User-Id, X-Protocol-Version";

/// Headers of answers that pages need to read: iTwin's servers expose none, and a page of another
/// origin then takes the wrapper of a pending answer for its message.
pub const EXPOSED_HEADERS: &str =
    "X-Protocol-Version, Retry-After, Access-Control-Allow-Headers, Accept-Post";

/// How long a browser may keep the answer to a first contact, in seconds.
const MAX_AGE: &str = "600";

/// The headers of every answer to a page of `origin`, which is allowed. `csrf` is the name of the
/// header that the server wants its own pages to send, if it does.
///
/// # Errors
///
/// [`BadHeader`] if `origin` or `csrf` cannot be in a header.
pub fn cors_headers(origin: &str, csrf: Option<&str>) -> Result<HeaderMap, BadHeader> {
    let mut headers = first_contact(csrf)?;
    headers.insert(
        ACCESS_CONTROL_ALLOW_ORIGIN,
        value(&ACCESS_CONTROL_ALLOW_ORIGIN, origin)?,
    );
    let exposed = HeaderValue::from_static(EXPOSED_HEADERS);
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(MAX_AGE));
    // A cache between must not give one origin's answer to another.
    headers.insert(VARY, HeaderValue::from_static("Origin"));
    Ok(headers)
}

/// The headers of the answer to an `OPTIONS` request that names no origin, as clients of 2.19 in
/// Node send one first, to a path that ends with `InitializeInterface-1.0.0-initialize`.
///
/// `OPTIONS` is answered with status 200, these or [`cors_headers`], and no content; it runs
/// nothing. These alone let no page of another origin read anything.
///
/// # Errors
///
/// [`BadHeader`] if `csrf` cannot be in a header.
pub fn first_contact(csrf: Option<&str>) -> Result<HeaderMap, BadHeader> {
    let allowed = match csrf {
        Some(csrf) => value(
            &ACCESS_CONTROL_ALLOW_HEADERS,
            &format!("{ALLOWED_HEADERS}, {csrf}"),
        )?,
        None => HeaderValue::from_static(ALLOWED_HEADERS),
    };
    let methods = HeaderValue::from_static(ALLOWED_METHODS);
    Ok(HeaderMap::from_iter([
        (ACCESS_CONTROL_ALLOW_METHODS, methods),
        (ACCESS_CONTROL_ALLOW_HEADERS, allowed),
    ]))
}

fn value(name: &HeaderName, text: &str) -> Result<HeaderValue, BadHeader> {
    HeaderValue::from_str(text).map_err(|_| BadHeader::named(name))
}
