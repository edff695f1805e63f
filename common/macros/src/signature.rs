//! Writes a method's signature as one line of Rust, for people who read a contract.
//!
//! It knows the tokens that stand in types and no more of Rust, and does not depend on how the
//! source was laid out. Used for `MethodInfo::signature`.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use quote::ToTokens;

use crate::parse::Method;

/// `async fn read(&self, id: NoteId) -> Result<String, NoteError>`.
pub(crate) fn one_line(method: &Method<'_>) -> String {
    let mut line = Line::default();
    if method.is_async() {
        line.text.push_str("async ");
    }
    line.text.push_str(&format!("fn {}(&self", method.name()));
    for argument in &method.arguments {
        line.text.push_str(&format!(", {}: ", argument.name));
        line.write_type(argument.ty);
    }
    line.text.push(')');
    if let Some(ty) = method.returns.written {
        line.text.push_str(" -> ");
        line.write_type(ty);
    }
    line.text
}

/// The text so far, and whether its last token binds to what follows, as `&`, `<` and `::` do.
#[derive(Default)]
struct Line {
    text: String,
    tight: bool,
}

impl Line {
    fn write_type(&mut self, ty: &syn::Type) {
        self.tight = true;
        self.write(ty.to_token_stream());
    }

    fn write(&mut self, tokens: TokenStream) {
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Group(group) => {
                    let (open, close) = match group.delimiter() {
                        Delimiter::Parenthesis => ("(", ")"),
                        Delimiter::Bracket => ("[", "]"),
                        Delimiter::Brace => ("{", "}"),
                        Delimiter::None => ("", ""),
                    };
                    self.put(open, !open.is_empty());
                    self.tight = true;
                    self.write(group.stream());
                    self.put(close, false);
                    self.tight = false;
                }
                TokenTree::Punct(mark) => {
                    let mut text = mark.as_char().to_string();
                    if mark.spacing() == Spacing::Joint
                        && let Some(TokenTree::Punct(next)) = tokens.peek()
                        && matches!((mark.as_char(), next.as_char()), (':', ':') | ('-', '>'))
                    {
                        text.push(next.as_char());
                        tokens.next();
                    }
                    self.put(&text, matches!(text.as_str(), "->" | "+" | "=" | "&" | "'"));
                    self.tight = matches!(text.as_str(), "::" | "<" | "&" | "'");
                }
                word => {
                    self.put(&word.to_string(), true);
                    self.tight = false;
                }
            }
        }
    }

    fn put(&mut self, text: &str, spaced: bool) {
        if spaced && !self.tight {
            self.text.push(' ');
        }
        self.text.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mistakes::Mistakes;

    fn one_line_of(method: &str) -> String {
        let function: syn::TraitItemFn = syn::parse_str(&format!("{method};")).unwrap();
        one_line(&Method::parse(&function, &mut Mistakes::default()))
    }

    #[test]
    fn a_signature_reads_as_it_is_written() {
        for line in [
            "async fn read(&self, id: NoteId) -> Result<String, NoteError>",
            "fn hash(&self, path: String, rounds: Option<u32>) -> Result<Bytes, my::NoteError>",
            "async fn stop(&self)",
            "async fn pairs(&self, from: (u8, u8), four: [u8; 4]) -> Vec<(String, ())>",
            "async fn one(&self, only: (u8,)) -> BTreeMap<String, Vec<Cow<'static, str>>>",
            "async fn global(&self, at: ::std::string::String) -> r#Type",
        ] {
            assert_eq!(one_line_of(line), line);
        }
    }

    #[test]
    fn line_ends_and_trailing_commas_are_left_out() {
        assert_eq!(
            one_line_of("fn f(\n  &self,\n  id : u8 ,\n) -> u8"),
            "fn f(&self, id: u8) -> u8"
        );
    }
}
