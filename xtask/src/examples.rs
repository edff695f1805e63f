//! Every public type has an example: read from the pages that `cargo doc` wrote.
//!
//! An example counts if it is on the type's own page and names the type, so that one example may
//! stand for a family and none can be there for show. Whether it compiles and runs is the business
//! of the tests.

use std::{collections::BTreeSet, fs, path::Path};

use crate::{
    error::{TaskError, file},
    workspace::Workspace,
};

/// The crates that apps use; what two of them show is looked at in the first.
const CRATES: [&str; 5] = [
    "twinbridge_macros",
    "twinbridge_common",
    "twinbridge",
    "twinbridge_frontend",
    "twinbridge_electron_compat",
];

const KINDS: [&str; 7] = [
    "struct", "enum", "trait", "union", "derive", "attr", "macro",
];

/// What a contract's macro makes of a trait, whose example they share.
const GENERATED: [&str; 5] = ["Client", "Interface", "Server", "Sender", "Receiver"];

/// What stands before the code of an example.
const EXAMPLE: &str = "<pre class=\"rust rust-example-rendered";

/// Looks at all of them.
///
/// # Errors
/// [`TaskError::NoExamples`] with the types that have none; or a page cannot be read.
pub(crate) fn check(workspace: &Workspace) -> Result<(), TaskError> {
    let docs = workspace.target().join("doc");
    let mut seen = BTreeSet::new();
    let mut missing = Vec::new();
    for name in CRATES {
        let folder = docs.join(name);
        let items = items(&read(&folder.join("all.html"))?);
        for item in &items {
            let page = item.rsplit_once('/').map_or(&**item, |(_, page)| page);
            if !seen.insert(page.to_owned()) || is_generated(item, &items) {
                continue;
            }
            let text = read(&folder.join(item))?;
            if !examples(&text).any(|example| has_word(&example, name_of(page))) {
                missing.push(format!("{name}/{item}"));
            }
        }
    }
    if missing.is_empty() {
        println!("    {} public types have an example", seen.len());
        return Ok(());
    }
    Err(TaskError::NoExamples { missing })
}

fn read(path: &Path) -> Result<String, TaskError> {
    fs::read_to_string(path).map_err(file("reading", path))
}

/// The pages of types and macros that a crate's list of all items leads to.
fn items(list: &str) -> BTreeSet<String> {
    let links = list.split("href=\"").skip(1);
    let links = links.filter_map(|link| link.split('"').next());
    let is_item = |link: &&str| {
        let page = link.rsplit('/').next().unwrap_or_default();
        let kind = page.split('.').next().unwrap_or_default();
        !link.starts_with("..") && page.ends_with(".html") && KINDS.contains(&kind)
    };
    links.filter(is_item).map(str::to_owned).collect()
}

/// `Call` of `struct.Call.html`.
fn name_of(page: &str) -> &str {
    page.split('.').nth(1).unwrap_or_default()
}

/// Whether a macro made the type of a trait beside it.
fn is_generated(item: &str, items: &BTreeSet<String>) -> bool {
    let (folder, page) = item.rsplit_once('/').unwrap_or(("", item));
    GENERATED.iter().any(|suffix| {
        let of_trait = name_of(page).strip_suffix(suffix);
        of_trait.is_some_and(|name| {
            let page = format!("{folder}/trait.{name}.html");
            items.contains(page.trim_start_matches('/'))
        })
    })
}

/// The text of the examples on a page.
fn examples(page: &str) -> impl Iterator<Item = String> {
    let parts = page.split(EXAMPLE).skip(1);
    parts.map(|part| {
        let code = part.split("</pre>").next().unwrap_or_default();
        // The first piece is the rest of the tag before the code.
        let texts = code.split('>').skip(1);
        texts.filter_map(|text| text.split('<').next()).collect()
    })
}

fn has_word(text: &str, word: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .any(|found| found == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_those_that_may_have_an_example() {
        let list = r#"<a href="../help.html">?</a><a href="ipc/struct.Call.html">ipc::Call</a>
            <a href="fn.connect.html">connect</a><a href="trait.Notes.html">Notes</a>
            <a href="struct.NotesClient.html">NotesClient</a>"#;
        let items = items(list);
        let pages: Vec<_> = items.iter().map(String::as_str).collect();
        assert_eq!(
            pages,
            [
                "ipc/struct.Call.html",
                "struct.NotesClient.html",
                "trait.Notes.html"
            ]
        );
        assert!(is_generated("struct.NotesClient.html", &items));
        assert!(!is_generated("ipc/struct.Call.html", &items));
    }

    #[test]
    fn an_example_counts_where_it_names_the_type() {
        let page = r#"<pre class="rust item-decl"><code>pub struct Call</code></pre>
            <pre class="rust rust-example-rendered"><code><span class="kw">let </span>x: Caller =
            <a href="x">new</a>();</code></pre>"#;
        let found: Vec<_> = examples(page).collect();
        assert_eq!(found.len(), 1);
        assert!(has_word(&found[0], "Caller") && has_word(&found[0], "new"));
        assert!(!has_word(&found[0], "Call"));
    }
}
