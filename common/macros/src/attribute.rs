//! Reads what stands in the parentheses of an attribute: `key = value, key = value`.
//!
//! It checks the form only: known keys, each once, the right kind of value. What a value may say
//! is a rule of `validate`. Used for the attributes of traits, of methods and of error types.

use proc_macro2::TokenStream;
use syn::{
    Expr, ExprLit, Ident, Lit, LitStr, Path, Token,
    ext::IdentExt as _,
    parse::{Parse, ParseStream, Parser as _},
    punctuated::Punctuated,
};

use crate::mistakes::Mistakes;

/// The pairs of one attribute.
#[derive(Default)]
pub(crate) struct Pairs {
    pairs: Vec<Pair>,
    /// Whether something stands there that could not be read, perhaps a key with a typing error.
    unreadable: bool,
}

struct Pair {
    key: Ident,
    value: Expr,
}

impl Parse for Pair {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let key = input.call(Ident::parse_any)?;
        input.parse::<Token![=]>()?;
        Ok(Self {
            key,
            value: input.parse()?,
        })
    }
}

impl Pairs {
    /// Reads `tokens`, the inside of the attribute called `attribute`, which takes `keys`.
    pub(crate) fn read(
        attribute: &str,
        keys: &[&str],
        tokens: TokenStream,
        mistakes: &mut Mistakes,
    ) -> Self {
        let pairs = match Punctuated::<Pair, Token![,]>::parse_terminated.parse2(tokens) {
            Ok(pairs) => pairs,
            Err(error) => {
                mistakes.add(error);
                return Self {
                    pairs: Vec::new(),
                    unreadable: true,
                };
            }
        };
        let mut read = Self::default();
        for pair in pairs {
            if !keys.iter().any(|key| pair.key == key) {
                let sentence = format!(
                    "unknown key `{}`: `#[{attribute}]` takes {}",
                    pair.key,
                    list(keys)
                );
                mistakes.at(&pair.key, sentence);
                read.unreadable = true;
            } else if read.get(&pair.key.to_string()).is_some() {
                mistakes.at(&pair.key, format!("`{}` is given twice", pair.key));
            } else {
                read.pairs.push(pair);
            }
        }
        read
    }

    /// Reads the inside of `#[attribute(…)]`.
    pub(crate) fn read_attribute(
        attribute: &syn::Attribute,
        keys: &[&str],
        mistakes: &mut Mistakes,
    ) -> Self {
        let name = attribute
            .path()
            .get_ident()
            .map(Ident::to_string)
            .unwrap_or_default();
        match attribute.meta.require_list() {
            Ok(list) => Self::read(&name, keys, list.tokens.clone(), mistakes),
            Err(error) => {
                mistakes.add(error);
                Self {
                    pairs: Vec::new(),
                    unreadable: true,
                }
            }
        }
    }

    /// Whether `key` was surely left out.
    pub(crate) fn lacks(&self, key: &str) -> bool {
        !self.unreadable && self.get(key).is_none()
    }

    /// The value of `key`, which must be a string.
    pub(crate) fn text(&self, key: &str, mistakes: &mut Mistakes) -> Option<LitStr> {
        let value = self.get(key)?;
        if let Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) = value
        {
            return Some(text.clone());
        }
        mistakes.at(value, format!("`{key}` takes a string literal"));
        None
    }

    /// The value of `key`, which must be a whole number of 32 bits.
    pub(crate) fn number(&self, key: &str, mistakes: &mut Mistakes) -> Option<(u32, &Expr)> {
        let value = self.get(key)?;
        if let Expr::Lit(ExprLit {
            lit: Lit::Int(number),
            ..
        }) = value
            && let Ok(number) = number.base10_parse()
        {
            return Some((number, value));
        }
        mistakes.at(
            value,
            format!("`{key}` takes a number from 0 to {}", u32::MAX),
        );
        None
    }

    /// The value of `key`, which must be a path.
    pub(crate) fn path(&self, key: &str, mistakes: &mut Mistakes) -> Option<Path> {
        let value = self.get(key)?;
        if let Expr::Path(path) = value {
            return Some(path.path.clone());
        }
        mistakes.at(value, format!("`{key}` takes a path, without quotes"));
        None
    }

    fn get(&self, key: &str) -> Option<&Expr> {
        self.pairs
            .iter()
            .find(|pair| pair.key == key)
            .map(|pair| &pair.value)
    }
}

/// "`a`, `b` and `c`".
fn list(keys: &[&str]) -> String {
    let quoted: Vec<_> = keys.iter().map(|key| format!("`{key}`")).collect();
    match quoted.as_slice() {
        [rest @ .., last] if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        quoted => quoted.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    fn mistakes_of(tokens: TokenStream) -> Vec<String> {
        let mut mistakes = Mistakes::default();
        let pairs = Pairs::read("thing", &["name", "ms", "crate"], tokens, &mut mistakes);
        pairs.text("name", &mut mistakes);
        pairs.number("ms", &mut mistakes);
        pairs.path("crate", &mut mistakes);
        mistakes.sentences()
    }

    #[test]
    fn a_crate_path_may_be_any_path() {
        for path in [
            quote!(crate),
            quote!(::a::b),
            quote!(self::c),
            quote!(super::d),
        ] {
            assert!(mistakes_of(quote!(name = "x", crate = #path, ms = 7)).is_empty());
        }
    }

    #[test]
    fn every_mistake_is_reported() {
        assert_eq!(
            mistakes_of(quote!(
                nmae = "x",
                name = 7,
                name = "y",
                ms = -1,
                crate = "c"
            )),
            [
                "unknown key `nmae`: `#[thing]` takes `name`, `ms` and `crate`",
                "`name` is given twice",
                "`name` takes a string literal",
                "`ms` takes a number from 0 to 4294967295",
                "`crate` takes a path, without quotes",
            ]
        );
    }
}
