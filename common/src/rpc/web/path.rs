//! Addresses of operations: written by a client, read by a server.
//!
//! iTwin's grammar: `{prefix}/{title}/{version}/mode/1/context/{iTwin}/imodel/{iModel}/changeset/{id}/{operation}`.
//! A server goes by the last segment alone; what stands before it routes, and tells which model
//! is meant.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What JavaScript's `encodeURIComponent` leaves as it is.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// What may stand in a segment as it is: iTwin.js writes names and versions without encoding.
const SEGMENT: &AsciiSet = &COMPONENT
    .remove(b'=')
    .remove(b'+')
    .remove(b'@')
    .remove(b':')
    .remove(b',')
    .remove(b';')
    .remove(b'$')
    .remove(b'&');

/// Interface, version and operation, as the last segment of an address names them.
#[cfg_attr(doc, doc = include_str!("../../../examples/web_wire.md"))]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OperationName {
    /// Name of the interface; it has no `-`.
    pub interface: String,
    /// The caller's version of the interface.
    pub version: String,
    /// Name of the operation; it has no `-`.
    pub operation: String,
}

impl OperationName {
    /// The operation that `path` asks for; `None` if its last segment names none. A query is not
    /// part of a path.
    ///
    /// The last segment that is not empty decides, and nothing before it is looked at. The
    /// interface ends at the first `-` and the operation starts after the last, so the version
    /// between them may have some. What has control characters, such as line ends, is no name.
    #[must_use]
    pub fn read(path: &str) -> Option<Self> {
        let segment = path.rsplit('/').find(|segment| !segment.is_empty())?;
        let (interface, rest) = segment.split_once('-')?;
        let (version, operation) = rest.rsplit_once('-')?;
        if interface.is_empty() || operation.is_empty() {
            return None;
        }
        let part = |text| decoded(text).filter(|text| !text.contains(char::is_control));
        Some(Self {
            interface: part(interface)?,
            version: part(version)?,
            operation: part(operation)?,
        })
    }
}

impl fmt::Display for OperationName {
    /// As the last segment of an address.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |text| utf8_percent_encode(text, SEGMENT);
        let (interface, version) = (part(&self.interface), part(&self.version));
        write!(f, "{interface}-{version}-{}", part(&self.operation))
    }
}

/// Which model a request is about. iTwin.js: what it takes from an `IModelRpcProps`.
#[cfg_attr(doc, doc = include_str!("../../../examples/web_wire.md"))]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Routing {
    /// The iTwin, in earlier generations the context.
    pub itwin_id: String,
    /// The iModel.
    pub imodel_id: String,
    /// The changeset; empty for a model before its first, and where there is no model.
    pub changeset_id: String,
}

impl Routing {
    /// Of requests to the control channel.
    #[must_use]
    pub fn control() -> Self {
        Self {
            itwin_id: "none".to_owned(),
            imodel_id: "none".to_owned(),
            changeset_id: "none".to_owned(),
        }
    }
}

/// Where a service is, and how it is called there.
#[cfg_attr(doc, doc = include_str!("../../../examples/web.md"))]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Service {
    /// What stands before the title: an origin, a path, both or nothing.
    pub prefix: String,
    /// The service's name.
    pub title: String,
    /// The service's version, `v1.0`; not that of an interface.
    pub version: String,
}

impl Service {
    /// The address of `operation`, as iTwin.js 5.x writes it.
    ///
    /// ```
    /// # use twinbridge_common::rpc::web::{OperationName, Routing, Service};
    /// let service = Service {
    ///     prefix: "https://example.com".to_owned(),
    ///     title: "notes".to_owned(),
    ///     version: "v1.0".to_owned(),
    /// };
    /// let operation = OperationName {
    ///     interface: "NotesRpc".to_owned(),
    ///     version: "1.2.0".to_owned(),
    ///     operation: "read".to_owned(),
    /// };
    /// let address = service.address(&Routing::default(), &operation);
    /// assert_eq!(
    ///     address,
    ///     "https://example.com/notes/v1.0/mode/1/context//imodel//changeset/0/NotesRpc-1.2.0-read"
    /// );
    /// assert_eq!(OperationName::read(&address), Some(operation));
    /// ```
    #[must_use]
    pub fn address(&self, routing: &Routing, operation: &OperationName) -> String {
        let component = |text| utf8_percent_encode(text, COMPONENT);
        let (itwin, imodel) = (component(&routing.itwin_id), component(&routing.imodel_id));
        let changeset = match routing.changeset_id.as_str() {
            "" => "0",
            id => id,
        };
        // iTwin.js leaves the id as it is; encoded here are only characters that no id has.
        let changeset = utf8_percent_encode(changeset, SEGMENT);
        let path = self.path("1", &itwin.to_string(), &imodel.to_string());
        format!("{path}/changeset/{changeset}/{operation}")
    }

    /// The path of an operation with names of parameters in place of values.
    pub(super) fn pattern(&self, operation: &OperationName) -> String {
        let path = self.path("{modeId}", "{iTwinId}", "{iModelId}");
        format!("{path}/changeset/{{changeSetId}}/{operation}")
    }

    fn path(&self, mode: &str, itwin: &str, imodel: &str) -> String {
        let Self {
            prefix,
            title,
            version,
        } = self;
        format!("{prefix}/{title}/{version}/mode/{mode}/context/{itwin}/imodel/{imodel}")
    }
}

/// Which model an address is about, as its segments say, undecoded as iTwin.js leaves them.
#[cfg_attr(doc, doc = include_str!("../../../examples/web_wire.md"))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PathRouting<'a> {
    /// The segment after `context`.
    pub itwin_id: Option<&'a str>,
    /// The segment after `imodel`.
    pub imodel_id: Option<&'a str>,
    /// The segment after `changeset`, with `0` as the empty text. Addresses of models that are
    /// open for writing have none.
    pub changeset_id: Option<&'a str>,
}

impl<'a> PathRouting<'a> {
    /// Reads the segments of `path`.
    #[must_use]
    pub fn read(path: &'a str) -> Self {
        let mut routing = Self::default();
        let mut segments = path.split('/');
        while let Some(segment) = segments.next() {
            match segment {
                "mode" => {
                    segments.next();
                }
                "context" => routing.itwin_id = segments.next(),
                "imodel" => routing.imodel_id = segments.next(),
                "changeset" => {
                    let id = segments.next();
                    routing.changeset_id = id.map(|id| if id == "0" { "" } else { id });
                }
                _ => {}
            }
        }
        routing
    }
}

/// Percent-decoded text; `None` if it is not UTF-8.
pub(super) fn decoded(text: &str) -> Option<String> {
    let text = percent_decode_str(text).decode_utf8().ok()?;
    Some(text.into_owned())
}

/// Text as JavaScript's `encodeURIComponent` writes it.
pub(super) fn component(text: &str) -> String {
    utf8_percent_encode(text, COMPONENT).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_no_line_ends_however_they_are_written() {
        for path in [
            "/A-1-b%0Aforged",
            "/A%0d-1-b",
            "/A-1%1b[2J-b",
            "/A-1-b%C2%85",
        ] {
            assert_eq!(OperationName::read(path), None, "{path}");
        }
        assert!(OperationName::read("/A-1-%C3%A4").is_some());
    }
}
