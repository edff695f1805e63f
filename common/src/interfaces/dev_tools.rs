//! `DevToolsRpcInterface`: what iTwin.js's developer tools ask a backend.
//!
//! Name, version and operations are those of iTwin.js's own package, so that its clients find
//! here what they know. It is for development: it tells of the process and changes its log.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    rpc::{IModelRpcProps, RpcInterfaceEndpoints},
    rpc_interface,
    wire::Value,
};

/// Tells of a backend, and changes what it logs. iTwin.js: `DevToolsRpcInterface`.
///
/// Every operation takes the token that says where the request goes; a backend without iModels
/// takes no notice of it, and of whether there is one.
#[cfg_attr(doc, doc = include_str!("../../examples/dev_tools.md"))]
#[rpc_interface(name = "DevToolsRpcInterface", version = "0.7.0")]
pub trait DevTools {
    /// Gives `true`: the backend is there.
    async fn ping(&self, #[token] token: Option<IModelRpcProps>) -> bool;

    /// Figures of the process: an object of groups, whose members are numbers, or texts with
    /// units where that was asked for.
    async fn stats(
        &self,
        #[token] token: Option<IModelRpcProps>,
        options: Option<DevToolsStatsOptions>,
    ) -> Value;

    /// Versions of the application and of what it stands on, by name. A client adds what
    /// [`describe_available_endpoints`](crate::RpcManager::describe_available_endpoints) says:
    /// [`with_available_rpcs`].
    async fn versions(&self, #[token] token: Option<IModelRpcProps>) -> Value;

    /// Sets the level from which lines of a category are logged, and gives the one before;
    /// nothing where there was none.
    async fn set_log_level(
        &self,
        #[token] token: Option<IModelRpcProps>,
        logger_category: String,
        log_level: LogLevel,
    ) -> Option<LogLevel>;
}

/// The versions as iTwin.js's client gives them to its caller: with the interfaces that all
/// backends expose, as `availableRpcs`.
#[must_use]
pub fn with_available_rpcs(versions: Value, endpoints: &[RpcInterfaceEndpoints]) -> Value {
    let mut members = match versions {
        Value::Object(object) => object.0,
        _ => Vec::new(),
    };
    let described = endpoints.iter().map(|one| {
        let names = one.operation_names.iter();
        let object = [
            ("interfaceName", one.interface_name.as_str().into()),
            ("interfaceVersion", one.interface_version.as_str().into()),
            (
                "operationNames",
                names
                    .map(|name| name.as_str().into())
                    .collect::<Vec<_>>()
                    .into(),
            ),
            ("compatible", one.compatible.into()),
        ];
        object_of(object.map(|(name, value): (&str, Value)| (name.to_owned(), value)))
    });
    let described = described.collect::<Vec<_>>().into();
    members.retain(|(name, _)| name != "availableRpcs");
    members.push(("availableRpcs".to_owned(), described));
    object_of(members)
}

fn object_of(members: impl IntoIterator<Item = (String, Value)>) -> Value {
    Value::Object(members.into_iter().collect())
}

/// How figures are told. iTwin.js: `DevToolsStatsOptions`.
#[cfg_attr(doc, doc = include_str!("../../examples/dev_tools.md"))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(into = "u8", try_from = "u8")]
#[schemars(with = "u8", extend("enum" = [0, 1]))]
pub enum DevToolsStatsOptions {
    /// As numbers.
    #[default]
    None = 0,
    /// As texts with units, where they have one.
    FormatUnits = 1,
}

/// From which level on lines are logged. iTwin.js: `LogLevel`.
#[cfg_attr(doc, doc = include_str!("../../examples/dev_tools.md"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(into = "u8", try_from = "u8")]
#[schemars(with = "u8", extend("enum" = [0, 1, 2, 3, 4]))]
pub enum LogLevel {
    /// Everything.
    Trace = 0,
    /// From information on.
    Info = 1,
    /// From warnings on.
    Warning = 2,
    /// Errors alone.
    Error = 3,
    /// Nothing.
    None = 4,
}

/// A number stands for nothing that is known.
#[cfg_attr(doc, doc = include_str!("../../examples/dev_tools.md"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{number} is not {what}")]
pub struct UnknownNumber {
    number: u8,
    what: &'static str,
}

impl From<DevToolsStatsOptions> for u8 {
    fn from(options: DevToolsStatsOptions) -> Self {
        options as Self
    }
}

impl TryFrom<u8> for DevToolsStatsOptions {
    type Error = UnknownNumber;

    fn try_from(number: u8) -> Result<Self, UnknownNumber> {
        let what = "an option for statistics, 0 or 1";
        match number {
            0 => Ok(Self::None),
            1 => Ok(Self::FormatUnits),
            _ => Err(UnknownNumber { number, what }),
        }
    }
}

impl From<LogLevel> for u8 {
    fn from(level: LogLevel) -> Self {
        level as Self
    }
}

impl TryFrom<u8> for LogLevel {
    type Error = UnknownNumber;

    fn try_from(number: u8) -> Result<Self, UnknownNumber> {
        let what = "a log level, 0 to 4";
        match number {
            0 => Ok(Self::Trace),
            1 => Ok(Self::Info),
            2 => Ok(Self::Warning),
            3 => Ok(Self::Error),
            4 => Ok(Self::None),
            _ => Err(UnknownNumber { number, what }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        rpc::RpcInterface as _,
        wire::{Codec, Payload},
    };

    #[test]
    fn it_is_the_interface_that_itwin_js_knows() {
        let info = DevToolsInterface::rpc_info();
        assert_eq!(info.name.as_str(), "DevToolsRpcInterface");
        assert_eq!(info.version, "0.7.0");
        let names: Vec<_> = info
            .operations
            .iter()
            .map(|one| one.name.as_str())
            .collect();
        assert_eq!(names, ["ping", "stats", "versions", "setLogLevel"]);
        // The package gives none of them a policy of its own.
        for operation in &info.operations {
            let mut policy = operation.policy;
            assert_eq!(policy.token.take(), Some(0));
            assert_eq!(policy, Default::default());
        }
    }

    #[test]
    fn levels_and_options_are_numbers() {
        let json = |level: LogLevel| Payload::encode(Codec::Json, &level).unwrap().bytes;
        for (number, level) in [
            LogLevel::Trace,
            LogLevel::Info,
            LogLevel::Warning,
            LogLevel::Error,
            LogLevel::None,
        ]
        .into_iter()
        .enumerate()
        {
            assert_eq!(json(level).as_slice(), number.to_string().as_bytes());
            assert_eq!(LogLevel::try_from(u8::from(level)), Ok(level));
        }
        let error = LogLevel::try_from(5).unwrap_err();
        assert_eq!(error.to_string(), "5 is not a log level, 0 to 4");
        let options = DevToolsStatsOptions::FormatUnits;
        assert_eq!(
            DevToolsStatsOptions::try_from(u8::from(options)),
            Ok(options)
        );
        let error = DevToolsStatsOptions::try_from(2).unwrap_err();
        assert_eq!(
            error.to_string(),
            "2 is not an option for statistics, 0 or 1"
        );
    }

    #[test]
    fn versions_are_given_with_the_interfaces_of_all_backends() {
        let versions = object_of([
            ("application".to_owned(), "1.0.0".into()),
            ("availableRpcs".to_owned(), "of a backend".into()),
        ]);
        let endpoints = [RpcInterfaceEndpoints {
            interface_name: "ProbeRpc".to_owned(),
            interface_version: "1.2.3".to_owned(),
            operation_names: vec!["add".to_owned()],
            compatible: true,
        }];
        let text = |value: &Value| {
            let payload = Payload::encode(Codec::Json, value).unwrap();
            String::from_utf8(payload.bytes.to_vec()).unwrap()
        };
        assert_eq!(
            text(&with_available_rpcs(versions, &endpoints)),
            r#"{"application":"1.0.0","availableRpcs":[{"interfaceName":"ProbeRpc","interfaceVersion":"1.2.3","operationNames":["add"],"compatible":true}]}"#
        );
        let alone = with_available_rpcs(Value::Undefined, &[]);
        assert_eq!(text(&alone), r#"{"availableRpcs":[]}"#);
    }
}
