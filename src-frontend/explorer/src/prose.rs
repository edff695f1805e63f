//! Doc comments as markup: paragraphs, lists and code spans, which is what contracts use.
//!
//! Not a Markdown renderer: what it does not know stays readable as the text it is. Links of
//! rustdoc lose their brackets, since there is nothing to link to.

use leptos::prelude::*;

/// A piece of a paragraph.
#[derive(Debug, PartialEq, Eq)]
enum Span {
    Text(String),
    Code(String),
}

/// The documentation, one element per block.
pub(crate) fn prose(docs: &str) -> AnyView {
    let blocks = blocks(docs).into_iter().map(|(is_item, text)| {
        let class = if is_item { "item" } else { "" };
        let spans = spans(&text).into_iter().map(|span| match span {
            Span::Text(text) => text.into_any(),
            Span::Code(text) => view! { <code>{text}</code> }.into_any(),
        });
        view! { <p class=class>{spans.collect_view()}</p> }
    });
    view! { <div class="prose">{blocks.collect_view()}</div> }.into_any()
}

/// Paragraphs and list items (`true`), each on one line.
fn blocks(docs: &str) -> Vec<(bool, String)> {
    let mut blocks: Vec<(bool, String)> = Vec::new();
    let mut is_open = false;
    for line in docs.lines().map(str::trim) {
        let item = line.strip_prefix("- ").or_else(|| line.strip_prefix("* "));
        match (item, blocks.last_mut()) {
            _ if line.is_empty() => is_open = false,
            (None, Some((_, text))) if is_open => {
                text.push(' ');
                text.push_str(line);
            }
            _ => {
                let text = item.unwrap_or_else(|| line.trim_start_matches('#').trim_start());
                blocks.push((item.is_some(), text.to_owned()));
                is_open = !line.starts_with('#');
            }
        }
    }
    blocks
}

/// Splits at backticks; one without a partner stays as it is.
fn spans(text: &str) -> Vec<Span> {
    let text = without_targets(&text.replace("[`", "`")).replace("`]", "`");
    let parts: Vec<&str> = text.split('`').collect();
    let is_paired = parts.len() % 2 == 1;
    if !is_paired {
        return vec![Span::Text(text)];
    }
    parts
        .into_iter()
        .enumerate()
        .filter(|(_, part)| !part.is_empty())
        .map(|(at, part)| match at % 2 {
            0 => Span::Text(part.to_owned()),
            _ => Span::Code(part.to_owned()),
        })
        .collect()
}

/// Drops what links of rustdoc lead to: `` [`a`](crate::a) `` is `` `a` ``.
fn without_targets(text: &str) -> String {
    let mut parts = text.split("`](");
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once(')') {
            Some((_, rest)) => {
                kept.push('`');
                kept.push_str(rest);
            }
            None => {
                kept.push_str("`](");
                kept.push_str(part);
            }
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_paragraph_are_joined_and_items_are_kept_apart() {
        let docs = "Reads a\nnote.\n\n# Errors\nWhen:\n- it is gone,\n  for good\n- it is locked";
        let expected = [
            (false, "Reads a note."),
            (false, "Errors"),
            (false, "When:"),
            (true, "it is gone, for good"),
            (true, "it is locked"),
        ];
        assert_eq!(
            blocks(docs),
            expected.map(|(item, text)| (item, text.to_owned()))
        );
    }

    #[test]
    fn code_spans_and_links_of_rustdoc() {
        assert_eq!(
            spans("Closes [`FileId`] `7`."),
            [
                Span::Text("Closes ".into()),
                Span::Code("FileId".into()),
                Span::Text(" ".into()),
                Span::Code("7".into()),
                Span::Text(".".into()),
            ]
        );
        let linked = spans("What [`describe`](crate::Manager::describe) says.");
        let plain = spans("What `describe` says.");
        assert_eq!(linked, plain);
        assert_eq!(spans("a ` alone"), [Span::Text("a ` alone".into())]);
    }
}
