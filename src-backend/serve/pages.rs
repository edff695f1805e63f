//! The files of a built page, as a browser gets them.
//!
//! Read into memory once, when the server starts: what was not found then is not there, so no
//! path can lead out of the folder. Names that begin with a dot, and links, are left out.

use std::{
    collections::HashMap,
    fmt, fs, io,
    path::{Path, PathBuf},
};

use bytes::Bytes as Data;
use http::{
    HeaderMap, HeaderName, HeaderValue, Response, StatusCode,
    header::{
        CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, REFERRER_POLICY,
        X_CONTENT_TYPE_OPTIONS,
    },
};
use percent_encoding::percent_decode_str;

use crate::rpc::web::ReplyBody;

/// Most files of a page.
const MAX_FILES: usize = 10_000;

/// Most bytes that the files of a page have together.
const MAX_BYTES: u64 = 512 * 1024 * 1024;

/// What pages may load and do: their own scripts, styles, images and requests.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// The files of a page, by path.
pub(super) struct Pages {
    files: HashMap<String, File>,
    policy: HeaderValue,
}

struct File {
    content_type: HeaderValue,
    tag: HeaderValue,
    bytes: Data,
}

/// Why the folder of a page cannot be served.
#[cfg_attr(doc, doc = include_str!("../examples/server.md"))]
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PagesError {
    /// It, or something in it, cannot be read.
    #[error("cannot read `{path}`")]
    Read {
        /// What cannot be read.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// It has no `index.html`, so it is hardly the folder that was meant.
    #[error("`{path}` has no index.html")]
    NoIndex {
        /// The folder.
        path: PathBuf,
    },
    /// It holds more than a page does.
    #[error("`{path}` has more than {MAX_FILES} files or {MAX_BYTES} bytes")]
    TooMuch {
        /// The folder.
        path: PathBuf,
    },
    /// The content security policy cannot be sent.
    #[error("the content security policy has characters that no header can have")]
    Policy,
}

impl Pages {
    /// Reads a folder.
    pub(super) fn read(folder: &Path, policy: Option<&str>) -> Result<Self, PagesError> {
        let policy = policy.unwrap_or(POLICY);
        let policy = HeaderValue::from_str(policy).map_err(|_| PagesError::Policy)?;
        let mut reading = Reading {
            folder,
            files: HashMap::new(),
            bytes: 0,
        };
        reading.read(folder, "")?;
        let files = reading.files;
        if !files.contains_key("/index.html") {
            let path = folder.to_owned();
            return Err(PagesError::NoIndex { path });
        }
        Ok(Self { files, policy })
    }

    /// The file of a path, or that there is none.
    pub(super) fn answer(&self, path: &str, headers: &HeaderMap) -> Response<ReplyBody> {
        let decoded = percent_decode_str(path).decode_utf8().unwrap_or_default();
        let name = match &*decoded {
            "/" => "/index.html",
            name => name,
        };
        let Some(file) = self.files.get(name) else {
            let mut missing = Response::new(ReplyBody::of(Data::from_static(b"Not found\n")));
            *missing.status_mut() = StatusCode::NOT_FOUND;
            let text = HeaderValue::from_static("text/plain; charset=utf-8");
            self.finish(missing.headers_mut(), text);
            return missing;
        };
        let is_known = headers.get(IF_NONE_MATCH) == Some(&file.tag);
        let bytes = if is_known {
            Data::new()
        } else {
            file.bytes.clone()
        };
        let mut found = Response::new(ReplyBody::of(bytes));
        if is_known {
            *found.status_mut() = StatusCode::NOT_MODIFIED;
        }
        self.finish(found.headers_mut(), file.content_type.clone());
        found.headers_mut().insert(ETAG, file.tag.clone());
        found
    }

    fn finish(&self, headers: &mut HeaderMap, content_type: HeaderValue) {
        headers.insert(CONTENT_TYPE, content_type);
        headers.insert(CONTENT_SECURITY_POLICY, self.policy.clone());
        // Asked about each time, since another build has the same names.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        headers.insert(RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
    }
}

/// A folder that is being read.
struct Reading<'a> {
    folder: &'a Path,
    files: HashMap<String, File>,
    bytes: u64,
}

impl Reading<'_> {
    fn read(&mut self, folder: &Path, at: &str) -> Result<(), PagesError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| PagesError::Read { path, source }
        };
        for entry in fs::read_dir(folder).map_err(failed(folder))? {
            let entry = entry.map_err(failed(folder))?;
            let path = entry.path();
            // A name that is not UTF-8 has no address.
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            if name.starts_with('.') {
                continue;
            }
            // That of a link itself, which is neither a folder nor a file.
            let kind = entry.file_type().map_err(failed(&path))?;
            let name = format!("{at}/{name}");
            if kind.is_dir() {
                self.read(&path, &name)?;
            } else if kind.is_file() {
                let len = entry.metadata().map_err(failed(&path))?.len();
                self.bytes += len;
                if self.bytes > MAX_BYTES || self.files.len() == MAX_FILES {
                    let path = self.folder.to_owned();
                    return Err(PagesError::TooMuch { path });
                }
                let bytes = fs::read(&path).map_err(failed(&path))?;
                self.files.insert(name, File::new(&path, bytes));
            }
        }
        Ok(())
    }
}

impl File {
    fn new(path: &Path, bytes: Vec<u8>) -> Self {
        let kind = mime_guess::from_path(path).first_or_octet_stream();
        let kind = kind.essence_str();
        let charset = if kind.starts_with("text/") {
            "; charset=utf-8"
        } else {
            ""
        };
        let content_type = format!("{kind}{charset}");
        let tag = format!("\"{:016x}\"", fingerprint(&bytes));
        let header =
            |text: &str| HeaderValue::from_str(text).expect("types and digits are visible ASCII");
        Self {
            content_type: header(&content_type),
            tag: header(&tag),
            bytes: bytes.into(),
        }
    }
}

/// Tells one build of a file from another; nobody is to be kept from finding two alike.
fn fingerprint(bytes: &[u8]) -> u64 {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("files", &self.files.len())
            .finish_non_exhaustive()
    }
}
