//! The literal text that small contracts give, and the rules for names.

#![allow(missing_docs)] // Contracts for tests; what they say is in the text that is compared.

use std::collections::BTreeMap;

use serde_json::json;
use twinbridge_common::{
    Bytes, IpcInterface as _, IpcStream, ipc::test_contract::EverythingInterface, ipc_interface,
    ipc_notifications,
};

use crate::{
    Package, docs, name,
    schema::{Direction, Reader},
};

/// Reads the user's notes.
#[ipc_interface(channel = "notes", version = "1.0.0")]
pub trait UserNotes {
    /// Text of note `id`.
    ///
    /// Ends with `*/`.
    async fn read_note(&self, id: u64, folder: Option<String>) -> String;
    /// Stores `data`.
    #[deadline(ms = 500)]
    async fn store(&self, r#in: Bytes);
    async fn watch(&self, options: bool) -> IpcStream<Bytes>;
}

#[ipc_notifications(channel = "notes/changed", version = "1.0.0")]
pub trait NoteChanges {
    /// A note has changed.
    fn note_changed(&self, id: u32, data: Bytes);
}

const CLIENT: &str = r#"// Written from the contract of `notes`, version 1.0.0. Changes belong there.
import { call, declare, stream } from "./twinbridge.js";

export const declaration = Object.freeze({
  channel: "notes",
  version: "1.0.0",
  fingerprint: "FINGERPRINT",
});
declare(declaration);

export const userNotes = Object.freeze({
  readNote(id, folder, options) {
    return call("notes", "readNote", [id, folder], options);
  },
  async store(in_, options) {
    await call("notes", "store", [in_], { deadline: 500, ...options });
  },
  watch(options_, options) {
    return stream("notes", "watch", [options_], options);
  },
});
"#;

const TYPES: &str = r#"// Written from the contract of `notes`, version 1.0.0. Changes belong there.
import type { Bytes, BytesLike, CallOptions, Declaration, Integer, Stream } from "./twinbridge.js";

/** Reads the user's notes. */
export interface UserNotes {
  /**
   * Text of note `id`.
   *
   * Ends with `*\/`.
   */
  readNote(id: Integer, folder?: string | null, options?: CallOptions): Promise<string>;
  /** Stores `data`. */
  store(in_: BytesLike, options?: CallOptions): Promise<void>;
  watch(options_: boolean, options?: CallOptions): Stream<Bytes>;
}

export declare const userNotes: Readonly<UserNotes>;

/** What the handshake compares. */
export declare const declaration: Declaration;
"#;

fn files() -> BTreeMap<String, String> {
    let package = Package::new("@notes/backend")
        .version("2.1.0")
        .licence("MIT");
    let package = package
        .calls::<UserNotesInterface>()
        .hears::<NoteChangesInterface>();
    package.files()
}

#[test]
fn a_client_and_its_types() {
    let files = files();
    let fingerprint = UserNotesInterface::info().fingerprint.to_string();
    assert_eq!(
        files["user-notes.js"],
        CLIENT.replace("FINGERPRINT", &fingerprint)
    );
    assert_eq!(files["user-notes.d.ts"], TYPES);
}

#[test]
fn notifications_are_heard_or_told() {
    let heard = files();
    assert_eq!(
        heard["note-changes.js"],
        r#"// Written from the contract of `notes/changed`, version 1.0.0. Changes belong there.
import { on } from "./twinbridge.js";

export const noteChanges = Object.freeze({
  onNoteChanged(listener) {
    return on("notes/changed", "noteChanged", listener);
  },
});
"#
    );
    assert!(heard["note-changes.d.ts"].contains(
        "  /** A note has changed. */\n  onNoteChanged(listener: (id: number, data: Bytes) => void): () => void;\n"
    ));
    let told = Package::new("told").tells::<NoteChangesInterface>().files();
    assert!(told["note-changes.js"].contains(
        "  noteChanged(id, data) {\n    return send(\"notes/changed\", \"noteChanged\", [id, data]);\n  },\n"
    ));
    assert!(
        told["note-changes.d.ts"]
            .contains("  noteChanged(id: number, data: BytesLike): Promise<void>;\n")
    );
}

#[test]
fn what_a_page_answers_goes_the_other_way() {
    let files = Package::new("answers")
        .answers::<UserNotesInterface>()
        .files();
    assert!(files["user-notes.js"].ends_with(
        "export const handleUserNotes = (handler) => handle(\"notes\", handler, { version: \"1.0.0\" });\n"
    ));
    let types = &files["user-notes.d.ts"];
    assert!(
        types.contains("  store(in_: Bytes, context: HandlerContext): void | Promise<void>;\n")
    );
    assert!(types.contains(
        "  watch(options_: boolean, context: HandlerContext): AsyncIterable<BytesLike> | Promise<AsyncIterable<BytesLike>>;\n"
    ), "{types}");
}

#[test]
fn the_package_is_ready_for_npm() {
    let files = files();
    let manifest: serde_json::Value = serde_json::from_str(&files["package.json"]).unwrap();
    assert_eq!(manifest["name"], "@notes/backend");
    assert_eq!(manifest["version"], "2.1.0");
    assert_eq!(manifest["license"], "MIT");
    assert_eq!(
        manifest["exports"],
        json!({
            ".": { "types": "./twinbridge.d.ts", "default": "./twinbridge.js" },
            "./*": { "types": "./*.d.ts", "default": "./*.js" },
        })
    );
    let names: Vec<_> = files.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "LICENSE-APACHE",
            "LICENSE-MIT",
            "README.md",
            "mismatch.js",
            "note-changes.d.ts",
            "note-changes.js",
            "package.json",
            "twinbridge.d.ts",
            "twinbridge.js",
            "user-notes.d.ts",
            "user-notes.js",
        ]
    );
    assert!(files["README.md"].contains(
        "| `@notes/backend/user-notes` | `userNotes` | `notes` 1.0.0 | Reads the user's notes. |"
    ));
}

#[test]
fn schemas_as_types() {
    let names = |target: &str| target.rsplit('/').next().unwrap_or_default().to_owned();
    let reader = |direction| Reader {
        direction,
        names: &names,
    };
    for (schema, kind) in [
        (json!(true), "unknown"),
        (json!(false), "never"),
        (json!({}), "unknown"),
        (json!({"type": "string"}), "string"),
        (json!({"type": "integer", "format": "uint32"}), "number"),
        (json!({"type": "integer", "format": "int64"}), "Integer"),
        (json!({"type": "integer", "format": "uint128"}), "Integer"),
        (json!({"type": "number", "format": "float"}), "number"),
        (json!({"type": ["string", "null"]}), "string | null"),
        (
            json!({"type": ["integer", "null"], "format": "uint64"}),
            "Integer | null",
        ),
        (
            json!({"type": "array", "items": {"type": "boolean"}}),
            "boolean[]",
        ),
        (
            json!({"type": "array", "items": {"type": ["string", "null"]}}),
            "(string | null)[]",
        ),
        (
            json!({"type": "array", "prefixItems": [{"type": "string"}, {}]}),
            "[string, unknown]",
        ),
        (json!({"type": "array"}), "unknown[]"),
        (json!({"enum": ["a", 1, null]}), "\"a\" | 1 | null"),
        (json!({"const": "a", "type": "string"}), "\"a\""),
        (json!({"$ref": "#/$defs/Note"}), "Note"),
        (
            json!({"anyOf": [{"$ref": "#/$defs/Note"}, {"type": "null"}]}),
            "Note | null",
        ),
        (
            json!({"allOf": [{"$ref": "#/$defs/A"}, {"anyOf": [{"$ref": "#/$defs/B"}, {"type": "null"}]}]}),
            "A & (B | null)",
        ),
        (
            json!({"type": "object", "additionalProperties": {"type": "string"}}),
            "Record<string, string>",
        ),
        (
            json!({"type": "object", "patternProperties": {"^\\d+$": {"type": "string"}}, "additionalProperties": false}),
            "Record<string, string>",
        ),
        (json!({"type": "object"}), "Record<string, unknown>"),
        (
            json!({"type": "object", "additionalProperties": false}),
            "Record<string, never>",
        ),
        (
            json!({"type": "object", "properties": {"a-b": {}, "c": {"description": "C."}}, "required": ["c"]}),
            "{\n  \"a-b\"?: unknown;\n  /** C. */\n  c: unknown;\n}",
        ),
        (
            json!({"$ref": "#/$defs/Note", "type": "object", "properties": {"kind": {"const": "n"}}, "required": ["kind"]}),
            "Note & {\n  kind: \"n\";\n}",
        ),
    ] {
        assert_eq!(reader(Direction::Taken).of(&schema, ""), kind, "{schema}");
    }
    let bytes = json!({"type": "string", "format": "bytes"});
    assert_eq!(reader(Direction::Taken).of(&bytes, ""), "Bytes");
    assert_eq!(reader(Direction::Given).of(&bytes, ""), "BytesLike");
}

#[test]
fn a_type_that_is_sent_otherwise_than_it_is_accepted_has_two_names() {
    let files = Package::new("all").calls::<EverythingInterface>().files();
    let types = &files["everything.d.ts"];
    for (declaration, times) in [
        ("export interface Plain {", 1),
        ("export interface PlainInput {", 1),
        ("export interface Tree {", 1),
        ("export type Branch =", 1),
        ("Promise<Record<string, Plain>>", 1),
        ("export type EverythingError =", 1),
    ] {
        assert_eq!(types.matches(declaration).count(), times, "{declaration}");
    }
    assert!(types.contains("  secondField: number;\n"));
    assert!(types.contains("  secondField?: number;\n"));
}

#[test]
fn names_are_those_of_javascript() {
    for (rust, javascript) in [
        ("id", "id"),
        ("note_id", "noteId"),
        ("r#in", "in_"),
        ("delete", "delete_"),
        ("_", "argument"),
    ] {
        assert_eq!(name::argument(rust), javascript);
    }
    assert_eq!(name::constant("AppHost"), "appHost");
    assert_eq!(name::constant("Delete"), "delete_");
    assert_eq!(name::file("AppHost"), "app-host");
    assert_eq!(name::type_name("Array_of_2"), "ArrayOf2");
    assert_eq!(name::type_name("2"), "T2");
    assert_eq!(name::property("aB$_1"), "aB$_1");
    for odd in ["", "1a", "a-b", "ü"] {
        assert_eq!(name::property(odd), format!("{odd:?}"));
    }
}

#[test]
fn no_documentation_ends_its_comment() {
    assert_eq!(docs::comment("  \n", ""), "");
    assert_eq!(docs::comment("a */ b", "  "), "  /** a *\\/ b */\n");
    assert_eq!(docs::comment("a\n\nb", ""), "/**\n * a\n *\n * b\n */\n");
}
