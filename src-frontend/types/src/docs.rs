//! Documentation as JSDoc.
//!
//! The Markdown of the contract stays as it is; only what would end the comment is escaped.

/// A comment of these lines, indented; nothing where there are none.
pub(crate) fn comment(docs: &str, indent: &str) -> String {
    let docs = docs.trim().replace("*/", "*\\/");
    if docs.is_empty() {
        return String::new();
    }
    let lines: Vec<_> = docs.lines().map(str::trim_end).collect();
    if let [line] = lines[..] {
        return format!("{indent}/** {line} */\n");
    }
    let mut comment = format!("{indent}/**\n");
    for line in lines {
        let line = format!("{indent} * {line}");
        comment.push_str(line.trim_end());
        comment.push('\n');
    }
    comment + indent + " */\n"
}

/// The same, with a line of its own for each error that a method gives.
pub(crate) fn method_comment(docs: &str, throws: &[String], indent: &str) -> String {
    let mut all = docs.trim().to_owned();
    for (at, throws) in throws.iter().enumerate() {
        if at == 0 && !all.is_empty() {
            all.push('\n');
        }
        all.push_str(&format!("\n@throws {{ApplicationError<{throws}>}}"));
    }
    comment(&all, indent)
}
