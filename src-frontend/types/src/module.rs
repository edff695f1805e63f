//! The module of one interface: its client in JavaScript, and its types.
//!
//! A client knows nothing but names; the runtime beside it makes the calls. What it declares when
//! it is imported is compared in the handshake, so that a module of another build is found out.

use std::fmt::Write as _;

use twinbridge_common::ipc::{InterfaceInfo, MethodInfo};

use crate::{docs, name, schema::Direction, types::Types};

/// What a page does with an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It calls the backend.
    Calls,
    /// It listens for the backend's notifications.
    Hears,
    /// It sends the backend notifications.
    Tells,
    /// It answers the backend's calls.
    Answers,
}

/// One interface and what a page does with it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Module {
    pub(crate) role: Role,
    pub(crate) info: &'static InterfaceInfo,
}

/// What the types of a module may come from the runtime.
const SHARED: [&str; 7] = [
    "ApplicationError",
    "Bytes",
    "BytesLike",
    "CallOptions",
    "HandlerContext",
    "Integer",
    "Stream",
];

impl Module {
    /// Name of its files, without an ending.
    pub(crate) fn file(&self) -> String {
        name::file(self.info.name)
    }

    /// What it exports.
    pub(crate) fn export(&self) -> String {
        match self.role {
            Role::Answers => format!("handle{}", self.info.name),
            _ => name::constant(self.info.name),
        }
    }

    /// What of the page's side is in its `.js`.
    pub(crate) fn code(&self) -> String {
        let info = self.info;
        let channel = name::text(info.channel.as_str());
        let mut body = String::new();
        if self.role == Role::Calls {
            let (version, fingerprint) = (name::text(info.version), info.fingerprint);
            write_all(
                &mut body,
                format_args!(
                    "export const declaration = Object.freeze({{\n  channel: {channel},\n  version: {version},\n  fingerprint: \"{fingerprint}\",\n}});\ndeclare(declaration);\n\n"
                ),
            );
        }
        match self.role {
            Role::Answers => write_all(
                &mut body,
                format_args!(
                    "export const {} = (handler) => handle({channel}, handler, {{ version: {} }});\n",
                    self.export(),
                    name::text(info.version),
                ),
            ),
            _ => {
                write_all(
                    &mut body,
                    format_args!("export const {} = Object.freeze({{\n", self.export()),
                );
                for method in &info.methods {
                    body.push_str(&self.method_code(method, &channel));
                }
                body.push_str("});\n");
            }
        }
        let used = ["call", "declare", "handle", "on", "send", "stream"];
        let used = used
            .into_iter()
            .filter(|function| body.contains(&format!("{function}(")));
        let used: Vec<_> = used.collect();
        format!(
            "{}import {{ {} }} from \"./twinbridge.js\";\n\n{body}",
            self.head(),
            used.join(", ")
        )
    }

    fn method_code(&self, method: &MethodInfo, channel: &str) -> String {
        let wire_name = name::text(method.name.as_str());
        let arguments = argument_names(method);
        let list = arguments.join(", ");
        if self.role == Role::Hears {
            let called = name::property(&listening(method));
            return format!(
                "  {called}(listener) {{\n    return on({channel}, {wire_name}, listener);\n  }},\n"
            );
        }
        let called = name::property(method.name.as_str());
        if self.role == Role::Tells {
            return format!(
                "  {called}({list}) {{\n    return send({channel}, {wire_name}, [{list}]);\n  }},\n"
            );
        }
        let options = match method.deadline_ms {
            0 => "options".to_owned(),
            deadline => format!("{{ deadline: {deadline}, ...options }}"),
        };
        let call = format!("({channel}, {wire_name}, [{list}], {options})");
        let parameters: Vec<_> = arguments
            .into_iter()
            .chain(["options".to_owned()])
            .collect();
        let parameters = parameters.join(", ");
        if method.stream.is_some() {
            format!("  {called}({parameters}) {{\n    return stream{call};\n  }},\n")
        } else if method.result.is_none() {
            // The reply is null, which a function that returns nothing does not return.
            format!("  async {called}({parameters}) {{\n    await call{call};\n  }},\n")
        } else {
            format!("  {called}({parameters}) {{\n    return call{call};\n  }},\n")
        }
    }

    /// Its `.d.ts`.
    pub(crate) fn declarations(&self) -> String {
        let info = self.info;
        let reserved = SHARED.iter().map(|name| (*name).to_owned());
        let mut types =
            Types::beside(reserved.chain([info.name.to_owned(), "Declaration".to_owned()]));
        let mut methods = String::new();
        for method in &info.methods {
            methods.push_str(&self.method_declaration(method, &mut types));
        }
        let mut body = types.declarations();
        body.push_str(&docs::comment(info.docs, ""));
        write_all(
            &mut body,
            format_args!("export interface {} {{\n{methods}}}\n\n", info.name),
        );
        let export = self.export();
        match self.role {
            Role::Answers => write_all(
                &mut body,
                format_args!(
                    "/** Answers the backend's calls with the methods of an object; gives what ends it. */\nexport declare function {export}(handler: {}): Promise<() => void>;\n",
                    info.name
                ),
            ),
            _ => write_all(
                &mut body,
                format_args!("export declare const {export}: Readonly<{}>;\n", info.name),
            ),
        }
        if self.role == Role::Calls {
            body.push_str("\n/** What the handshake compares. */\nexport declare const declaration: Declaration;\n");
        }
        let is_comment = |line: &&str| {
            ["/**", "*"]
                .iter()
                .any(|it| line.trim_start().starts_with(it))
        };
        let code: Vec<_> = body.lines().filter(|line| !is_comment(line)).collect();
        let throws = body.contains("@throws {ApplicationError<");
        let is_used = |name: &&str| {
            let is_letter = |letter: char| letter.is_ascii_alphanumeric();
            let mut words = code.iter().flat_map(|line| line.split(|it| !is_letter(it)));
            words.any(|word| word == *name) || (throws && *name == "ApplicationError")
        };
        let mut used: Vec<_> = SHARED
            .into_iter()
            .chain(["Declaration"])
            .filter(is_used)
            .collect();
        used.sort_unstable();
        let import = match used.is_empty() {
            true => String::new(),
            false => format!(
                "import type {{ {} }} from \"./twinbridge.js\";\n\n",
                used.join(", ")
            ),
        };
        format!("{}{import}{body}", self.head())
    }

    fn method_declaration(&self, method: &MethodInfo, types: &mut Types) -> String {
        const INDENT: &str = "  ";
        // What a page answers goes the other way.
        let (given, taken) = match self.role {
            Role::Calls | Role::Tells => (Direction::Given, Direction::Taken),
            Role::Hears | Role::Answers => (Direction::Taken, Direction::Given),
        };
        let arguments = parameters(method, types, given);
        let called = name::property(method.name.as_str());
        if self.role == Role::Hears {
            let docs = docs::comment(method.docs, INDENT);
            let called = name::property(&listening(method));
            let list = arguments.join(", ");
            return format!("{docs}{INDENT}{called}(listener: ({list}) => void): () => void;\n");
        }
        let result = match (&method.result, &method.stream) {
            (_, Some(stream)) => types.add(&stream.item, taken, INDENT),
            (Some(result), None) => types.add(result, taken, INDENT),
            (None, None) => "void".to_owned(),
        };
        let stream_error = method
            .stream
            .as_ref()
            .and_then(|stream| stream.error.as_ref());
        let errors = method.error.iter().chain(stream_error);
        let mut throws: Vec<_> = errors
            .map(|error| types.add(error, taken, INDENT))
            .collect();
        throws.dedup();
        let docs = docs::method_comment(method.docs, &throws, INDENT);
        let (last, result) = match self.role {
            Role::Tells => (None, "Promise<void>".to_owned()),
            Role::Answers if method.stream.is_some() => {
                let result = format!("AsyncIterable<{result}>");
                (
                    Some("context: HandlerContext"),
                    format!("{result} | Promise<{result}>"),
                )
            }
            Role::Answers => (
                Some("context: HandlerContext"),
                format!("{result} | Promise<{result}>"),
            ),
            _ if method.stream.is_some() => {
                (Some("options?: CallOptions"), format!("Stream<{result}>"))
            }
            _ => (Some("options?: CallOptions"), format!("Promise<{result}>")),
        };
        let list: Vec<_> = arguments.iter().map(String::as_str).chain(last).collect();
        format!("{docs}{INDENT}{called}({}): {result};\n", list.join(", "))
    }

    fn head(&self) -> String {
        let InterfaceInfo {
            channel, version, ..
        } = self.info;
        format!(
            "// Written from the contract of `{channel}`, version {version}. Changes belong there.\n"
        )
    }
}

/// The typed arguments of a method, for values that travel this way.
fn parameters(method: &MethodInfo, types: &mut Types, way: Direction) -> Vec<String> {
    let kinds = method
        .arguments
        .iter()
        .map(|it| types.add(&it.schema, way, "  "));
    let kinds: Vec<_> = kinds.collect();
    let may_be_null = |kind: &String| kind.ends_with("| null") || kind == "unknown";
    let is_given = way == Direction::Given;
    // Only the last ones can be left out in TypeScript; the others may be `undefined`.
    let needed = kinds
        .iter()
        .rposition(|kind| !may_be_null(kind))
        .map_or(0, |at| at + 1);
    let names = argument_names(method);
    let typed = names.into_iter().zip(&kinds).enumerate();
    typed
        .map(|(at, (name, kind))| match is_given && may_be_null(kind) {
            true if at >= needed => format!("{name}?: {kind}"),
            true if kind != "unknown" => format!("{name}: {kind} | undefined"),
            _ => format!("{name}: {kind}"),
        })
        .collect()
}

/// `asked` as `onAsked`.
fn listening(method: &MethodInfo) -> String {
    format!("on{}", name::capitalised(method.name.as_str()))
}

fn argument_names(method: &MethodInfo) -> Vec<String> {
    let names = method
        .arguments
        .iter()
        .map(|argument| name::argument(argument.name));
    // What the client itself adds.
    names
        .map(|name| match name.as_str() {
            "options" | "context" | "listener" => name + "_",
            _ => name,
        })
        .collect()
}

/// Text into text, which cannot fail.
fn write_all(text: &mut String, what: std::fmt::Arguments<'_>) {
    text.write_fmt(what).expect("a String takes all text");
}
