//! The errors a serving side throws, with their properties in the order of iTwin.js.
//!
//! Builds every kind an iTwin.js backend knows. Does not decide what is thrown, and keeps nothing of
//! a Rust error but what it is given. Used by handlers at the JavaScript edges, as [`Thrown`]; the
//! other direction is [`Raised`](crate::Raised).

use crate::{Generation, Json, NoHandlerRegistered, Object, Stack, Status, Thrown};

/// The scope in `iTwinErrorId` of every error that has a number.
pub const BENTLEY_ERROR_SCOPE: &str = "bentley-error";

/// Members of JavaScript's `Object.prototype`, which no handler of generation 5.x can serve.
pub const PROTOTYPE_METHODS: [&str; 12] = [
    "constructor",
    "__defineGetter__",
    "__defineSetter__",
    "hasOwnProperty",
    "__lookupGetter__",
    "__lookupSetter__",
    "isPrototypeOf",
    "propertyIsEnumerable",
    "toString",
    "valueOf",
    "__proto__",
    "toLocaleString",
];

/// An instance of JavaScript's `Error` or of one of its subclasses.
#[derive(Clone, Debug, PartialEq)]
pub struct ThrownError {
    class: String,
    own: Vec<(String, Thrown)>,
    message: String,
    stack: Option<String>,
    cause: Option<Box<Thrown>>,
    identity: Identity,
}

/// What makes an error recognisable on the other side.
#[derive(Clone, Debug, PartialEq)]
enum Identity {
    None,
    /// Its own properties `iTwinErrorId` and `name`; the latter is set last.
    ITwin,
    /// Getters of its class, which come after the own properties.
    Bentley {
        key: String,
        metadata: Option<Json>,
    },
}

impl ThrownError {
    /// `new Error(message)`.
    pub fn plain(message: impl Into<String>) -> Self {
        Self::of_class("Error", message)
    }

    /// `new TypeError(message)` and the like. Only generation 2 tells the class.
    pub fn of_class(class: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            class: class.into(),
            own: Vec::new(),
            message: message.into(),
            stack: None,
            cause: None,
            identity: Identity::None,
        }
    }

    /// `new IModelError(status, message)`, a `BentleyError`.
    pub fn bentley(status: Status, message: impl Into<String>) -> Self {
        let name = status.name();
        let mut error = Self::of_class("IModelError", message)
            .own("errorNumber", Json::from(status.0))
            .own("name", Json::from(name.as_ref()));
        error.identity = Identity::Bentley {
            key: name.into_owned(),
            metadata: None,
        };
        error
    }

    /// `ITwinError.create({ iTwinErrorId: { scope, key }, message })`; further properties follow
    /// with [`own`](Self::own).
    pub fn itwin(
        scope: impl Into<String>,
        key: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        let key = key.into();
        let mut error = Self::plain(message)
            .own("iTwinErrorId", error_id(&scope.into(), &key))
            .own("name", Json::String(key));
        error.identity = Identity::ITwin;
        error
    }

    /// `new NoContentError()`.
    pub fn no_content() -> Self {
        let mut error = Self::bentley(Status::NO_CONTENT, "No Content");
        "NoContentError".clone_into(&mut error.class);
        error
    }

    /// The answer to a call of `method`, which the handler `class` of `channel` does not have.
    ///
    /// `channel` is the name without its prefix. From generation 5.x on, the members of
    /// `Object.prototype` are refused before the handler is looked at; earlier backends would have
    /// called them, which only a handler in JavaScript could.
    pub fn unknown_method(
        generation: Generation,
        class: &str,
        method: &str,
        channel: &str,
    ) -> Self {
        if generation == Generation::Seed {
            let text = format!("Method Not Found {method}");
            return Self::bentley(Status::FUNCTION_NOT_FOUND, text);
        }
        if generation == Generation::V5 && PROTOTYPE_METHODS.contains(&method) {
            let text = format!("Method \"{method}\" not available for channel: {channel}");
            return Self::plain(text);
        }
        Self::not_found_on("IpcHandler", class, method, channel)
    }

    /// What a notification handler raises for a `method` it does not have. It is raised where the
    /// notification arrives, never sent.
    pub fn unknown_notification(class: &str, method: &str, channel: &str) -> Self {
        Self::not_found_on("NotificationHandler", class, method, channel)
    }

    fn not_found_on(kind: &str, class: &str, method: &str, channel: &str) -> Self {
        let text = format!(
            "Method \"{class}.{method}\" not found on {kind} registered for channel: {channel}"
        );
        Self::bentley(Status::FUNCTION_NOT_FOUND, text)
    }

    /// What a frontend throws when `getVersion` did not answer with its own version.
    ///
    /// `what` names the version that is compared, for example `notes`.
    pub fn version_mismatch(what: &str, backend: &str, frontend: &str) -> Self {
        let text = format!("{what} version wrong: backend({backend}) vs. frontend({frontend})");
        Self::bentley(Status::BAD_ARG, text)
    }

    /// Adds an enumerable property, or changes it in its place.
    ///
    /// Properties of an [`itwin`](Self::itwin) error stand between its id and its name.
    #[must_use]
    pub fn own(mut self, name: impl Into<String>, value: impl Into<Thrown>) -> Self {
        let (name, value) = (name.into(), value.into());
        if let Some((_, slot)) = self.own.iter_mut().find(|(key, _)| *key == name) {
            *slot = value;
        } else if self.identity == Identity::ITwin {
            self.own.insert(self.own.len() - 1, (name, value));
        } else {
            self.own.push((name, value));
        }
        self
    }

    /// Sets the logging metadata. Errors without a number have none, and ignore it.
    #[must_use]
    pub fn metadata(mut self, value: impl Into<Json>) -> Self {
        if let Identity::Bentley { metadata, .. } = &mut self.identity {
            *metadata = Some(value.into());
        }
        self
    }

    /// Sets the text that [`Stack::Sent`] sends.
    #[must_use]
    pub fn stack(mut self, stack: impl Into<String>) -> Self {
        self.stack = Some(stack.into());
        self
    }

    /// Sets what caused this error. Only generation 5.x tells it.
    #[must_use]
    pub fn cause(mut self, cause: impl Into<Thrown>) -> Self {
        self.cause = Some(Box::new(cause.into()));
        self
    }

    /// All own properties, then what the class adds. iTwin.js: `serializeIpcError`.
    pub(crate) fn v5(&self, stack: Stack) -> Object {
        let mut error = Object::from_entries(
            self.own
                .iter()
                .map(|(name, value)| (name.clone(), value.v5(stack))),
        );
        error.set("message", self.message.as_str());
        if let (Stack::Sent, Some(text)) = (stack, &self.stack) {
            error.set("stack", text.as_str());
        }
        if let Some(cause) = &self.cause {
            error.set("cause", cause.v5(stack));
        }
        if let Identity::Bentley { key, metadata } = &self.identity {
            error.set("iTwinErrorId", error_id(BENTLEY_ERROR_SCOPE, key));
            if let Some(metadata) = metadata {
                error.set("loggingMetadata", metadata.clone());
            }
        }
        error
    }

    /// A property that generation 2 asks any thrown value for.
    pub(crate) fn v2_property(&self, name: &str) -> Option<Json> {
        match name {
            "message" => Some(self.message.as_str().into()),
            "stack" => self.stack.as_deref().map(Json::from),
            _ => self.own.iter().find_map(|(own, value)| match value {
                Thrown::Value(value) if own == name => Some(value.clone()),
                _ => None,
            }),
        }
    }

    /// Name of the constructor.
    pub(crate) fn class(&self) -> &str {
        &self.class
    }
}

impl From<NoHandlerRegistered> for ThrownError {
    /// For a carrier that answers an unknown channel with a reply.
    fn from(refusal: NoHandlerRegistered) -> Self {
        Self::plain(refusal.to_string())
    }
}

fn error_id(scope: &str, key: &str) -> Json {
    let mut id = Object::new();
    id.set("scope", scope);
    id.set("key", key);
    Json::Object(id)
}
