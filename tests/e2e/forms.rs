//! A form of every kind of schema, filled in by keyboard alone, never as JSON.
//!
//! The handler compares what comes bit for bit with what the test means to fill in.

use twinbridge_window_driver::key;

use crate::method::MethodPage;

fn open(method: &str) -> MethodPage {
    MethodPage::open("forms", method)
}

/// Calls, and reads that the handler got what was meant.
fn assert_same(page: &MethodPage) -> String {
    page.call();
    let reply = page.reply();
    assert!(reply.contains("verdict: \"the same\""), "{reply}");
    reply
}

#[test]
fn texts() {
    let page = open("texts");
    page.fill("text", &format!("two{}lines \"é\"", key::ENTER));
    page.fill("letter", "ß");
    page.switch("some");
    page.fill("some", "yes");
    let reply = assert_same(&page);
    // The debug text of Rust in a JSON string.
    assert!(reply.contains("'ß'"), "{reply}");
}

#[test]
fn integers() {
    let page = open("integers");
    for (field, text) in [
        ("a", "255"),
        ("b", "-128"),
        ("c", "0"),
        ("d", "-2147483648"),
        ("e", "18446744073709551615"),
        ("f", "-9223372036854775808"),
        ("g", "9 007 199 254 740 993"),
        ("h", "340282366920938463463374607431768211455"),
        ("i", "-170141183460469231731687303715884105728"),
    ] {
        page.fill(&format!("value.{field}"), text);
    }
    let reply = assert_same(&page);
    assert!(reply.contains("g: 9007199254740993"), "{reply}");
}

#[test]
fn floats() {
    let page = open("floats");
    for (field, text) in [
        ("a", "NaN"),
        ("b", "-Infinity"),
        ("c", "-0"),
        ("d", "0.30000000000000004"),
        ("e", "0.1"),
        ("f", "inf"),
    ] {
        page.fill(&format!("value.{field}"), text);
    }
    let reply = assert_same(&page);
    assert!(reply.contains("a: NaN, b: -inf, c: -0.0"), "{reply}");
}

#[test]
fn words() {
    let page = open("words");
    page.switch("yes");
    page.fill("side", "R");
    page.switch("other");
    page.fill("other", "L");
    assert_same(&page);
}

#[test]
fn enums() {
    let page = open("enums");
    page.fill("plain", "Pl");
    page.fill("external", "Fi");
    page.fill("external.inner.name", "outer");
    page.fill("internal", "new");
    page.switch("internal.count");
    page.fill("internal.count", "7");
    page.fill("internal.name", "new");
    page.fill("adjacent", "So");
    page.fill("adjacent.c", "R");
    page.fill("untagged", "Inn");
    page.fill("untagged.name", "free");
    assert_same(&page);
}

#[test]
fn lists() {
    let page = open("lists");
    page.add("list", "list.0.count");
    page.fill("list.0.name", "one");
    page.add("list", "list.1.count");
    page.explorer.window.press(&key::SPACE.to_string());
    page.fill("list.1.count", "2");
    page.fill("list.1.name", "two");
    page.fill("fixed.0", "1");
    page.fill("fixed.1", "65535");
    page.fill("tuple.0", "9");
    page.fill("tuple.1", "nine");
    assert_same(&page);
}

#[test]
fn maps() {
    let page = open("maps");
    page.add("text", "text.entry.key");
    page.explorer.window.press("a key");
    page.fill("text.entry", "1");
    page.add("text", "text.entry.key");
    page.explorer.window.press("other");
    page.fill("text.entry", "2");
    page.add("number", "number.entry.key");
    page.explorer.window.press("-7");
    page.fill("number.entry", "seven");
    page.add("name", "name.entry.key");
    page.explorer.window.press("Right");
    page.fill("name.entry", "3");
    assert_same(&page);
}

#[test]
fn data() {
    let page = open("data");
    page.fill("data", "00 FF 10");
    page.switch("some");
    let reply = assert_same(&page);
    assert!(reply.contains("Bytes(3: 00 ff 10)"), "{reply}");
}

#[test]
fn flattened() {
    let page = open("flat");
    page.switch("value.later");
    page.fill("value.later", "2");
    page.fill("value.name", "flat");
    page.fill("value.own", "1");
    page.fill("value", "Ro");
    page.fill("value.radius", "1.5");
    assert_same(&page);
}

#[test]
fn a_type_that_contains_itself() {
    let page = open("tree");
    page.fill("tree", "No");
    page.fill("tree.0", "Le");
    page.fill("tree.0", "1");
    page.fill("tree.1", "No");
    page.fill("tree.1.0", "Le");
    page.fill("tree.1.0", "2");
    page.fill("tree.1.1", "Le");
    page.fill("tree.1.1", "-3");
    assert_same(&page);
}

#[test]
fn any_value() {
    let page = open("any");
    page.fill("value", "ob");
    page.add("value", "value.entry.key");
    page.explorer.window.press("map");
    page.fill("value.entry", "ma");
    page.add("value.entry", "value.entry.0.0");
    page.explorer.window.press("und");
    page.fill("value.entry.0.1", "da");
    page.fill("value.entry.0.1", "1.5");
    page.add("value", "value.entry.key");
    page.explorer.window.press("bytes");
    page.fill("value.entry", "bytes");
    page.fill("value.entry", "0102");
    assert_same(&page);
}

#[test]
fn structs_lists_and_maps_within_each_other() {
    let page = open("nested");
    page.add("value.groups", "value.groups.entry.key");
    page.explorer.window.press("both");
    page.add("value.groups.entry", "value.groups.entry.0.count");
    page.explorer.window.press(&key::SPACE.to_string());
    page.fill("value.groups.entry.0.count", "1");
    page.fill("value.groups.entry.0.name", "one");
    page.add("value.groups.entry", "value.groups.entry.1.count");
    page.fill("value.groups.entry.1.name", "two");
    page.fill("value.id", "18446744073709551615");
    page.add("value.rows", "+value.rows.0");
    page.explorer.window.press(&key::ENTER.to_string());
    page.is_led_to("value.rows.0.0");
    page.explorer.window.press("1");
    page.add("value.rows.0", "value.rows.0.1");
    page.explorer.window.press("255");
    page.add("value.rows", "+value.rows.1");
    page.add("value.set", "value.set.0");
    page.explorer.window.press("3");
    page.add("value.set", "value.set.1");
    page.explorer.window.press("7");
    page.switch("value.some");
    page.fill("value.some.name", "some");
    assert_same(&page);
}

#[test]
fn times() {
    let page = open("times");
    page.fill("at", "2026-03-14T09:26:53.589Z");
    page.fill("any", "da");
    page.fill("any", "1773480413589");
    page.fill("long.nanos", "500000000");
    page.fill("long.secs", "93");
    assert_same(&page);
}

#[test]
fn data_from_a_file() {
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("three.bin");
    std::fs::write(&file, [0x00, 0xFF, 0x10]).unwrap();
    let page = open("data");
    let chosen = file.to_str().unwrap();
    page.explorer
        .window
        .choose_file("#form input[type=file]", chosen);
    page.switch("some");
    let reply = assert_same(&page);
    assert!(reply.contains("Bytes(3: 00 ff 10)"), "{reply}");
}

#[test]
fn what_no_form_can_be_drawn_of_is_given_as_json_and_says_why() {
    let page = open("odd");
    let hint = page.explorer.window.text("#form .hint");
    assert_eq!(
        hint,
        "The schema refers to itself without end. Give it as JSON."
    );
    page.fill("value", r#"{"left": 1}"#);
    assert_same(&page);
}
