//! The description of a server for OpenAPI tools, as iTwin's servers give it.
//!
//! One path per operation. Arguments and results are any array and any object: iTwin's protocol
//! says no more about them.

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::path::{OperationName, Service};

/// A document in OpenAPI 3.0.
#[cfg_attr(doc, doc = include_str!("../../../examples/web.md"))]
#[derive(Clone, Debug)]
pub struct OpenApi {
    service: Service,
    operations: Vec<OperationName>,
}

impl OpenApi {
    /// Describes `operations` of a service.
    #[must_use]
    pub fn new(service: Service, operations: Vec<OperationName>) -> Self {
        Self {
            service,
            operations,
        }
    }
}

/// Serializes as the document. The order is that of iTwin's, which people compare by eye.
impl Serialize for OpenApi {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut document = serializer.serialize_map(Some(3))?;
        document.serialize_entry("openapi", "3.0.0")?;
        document.serialize_entry("info", &Info(&self.service))?;
        document.serialize_entry("paths", &Paths(self))?;
        document.end()
    }
}

struct Info<'a>(&'a Service);

impl Serialize for Info<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut info = serializer.serialize_map(Some(2))?;
        info.serialize_entry("title", &self.0.title)?;
        info.serialize_entry("version", &self.0.version)?;
        info.end()
    }
}

struct Paths<'a>(&'a OpenApi);

impl Serialize for Paths<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let OpenApi {
            service,
            operations,
        } = self.0;
        serializer.collect_map(
            operations
                .iter()
                .map(|operation| (service.pattern(operation), Path)),
        )
    }
}

struct Path;

impl Serialize for Path {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut path = serializer.serialize_map(Some(2))?;
        path.serialize_entry("head", &Head)?;
        let parameters = ["modeId", "iTwinId", "iModelId", "changeSetId"].map(Parameter);
        path.serialize_entry("parameters", &parameters)?;
        path.end()
    }
}

struct Head;

impl Serialize for Head {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut head = serializer.serialize_map(Some(2))?;
        head.serialize_entry(
            "requestBody",
            &RequestBody {
                content: content("array"),
                required: true,
            },
        )?;
        head.serialize_entry("responses", &Responses)?;
        head.end()
    }
}

#[derive(Serialize)]
struct RequestBody {
    content: Value,
    required: bool,
}

struct Responses;

impl Serialize for Responses {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let response = |description| Response {
            description,
            content: content("object"),
        };
        let mut responses = serializer.serialize_map(Some(2))?;
        responses.serialize_entry("200", &response("Success"))?;
        responses.serialize_entry("default", &response("Error"))?;
        responses.end()
    }
}

#[derive(Serialize)]
struct Response {
    description: &'static str,
    content: Value,
}

struct Parameter(&'static str);

impl Serialize for Parameter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut parameter = serializer.serialize_map(Some(4))?;
        parameter.serialize_entry("name", self.0)?;
        parameter.serialize_entry("in", "path")?;
        // Addresses of models that are open for writing have no changeset.
        parameter.serialize_entry("required", &(self.0 != "changeSetId"))?;
        parameter.serialize_entry("schema", &json!({ "type": "string" }))?;
        parameter.end()
    }
}

fn content(kind: &str) -> Value {
    json!({ "application/json": { "schema": { "type": kind } } })
}
