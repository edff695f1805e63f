//! The rules about the types in a method's signature.
//!
//! A macro sees names and not types, so these rules catch what is written out; what hides behind
//! an alias is left to the compiler and to the contract test. Each type is walked once.

use syn::{
    GenericArgument, Type,
    visit::{self, Visit},
};

use crate::{
    mistakes::Mistakes,
    parse::{Method, last_segment, result_arguments, type_arguments},
};

/// Applies every rule about types to one method.
pub(super) fn of(method: &Method<'_>, mistakes: &mut Mistakes) {
    for argument in &method.arguments {
        walk(argument.ty, Place::Argument, mistakes);
    }
    let Some(written) = method.returns.written else {
        return;
    };
    result_names_its_error(written, mistakes);
    let Some(stream) = whole_stream(method) else {
        return walk(written, Place::Result, mistakes);
    };
    let mut types = type_arguments(stream);
    if !matches!(types[..], [_] | [_, _]) {
        mistakes.at(
            &stream.ident,
            "say what the stream carries: `IpcStream<T>`, or `IpcStream<T, E>` if it may fail",
        );
    }
    types.extend(method.returns.error);
    for ty in types {
        walk(ty, Place::Result, mistakes);
    }
}

/// Refuses `io::Result<T>`: the other side must know what an error looks like.
fn result_names_its_error(written: &Type, mistakes: &mut Mistakes) {
    if let Some(arguments) = result_arguments(written)
        && arguments.len() != 2
        && let Some(segment) = last_segment(written)
    {
        let sentence = "write the error type out: `Result<T, E>`, so that the caller can name it";
        mistakes.at(&segment.ident, sentence);
    }
}

/// The stream type of a method whose result is a stream and nothing else.
fn whole_stream<'a>(method: &Method<'a>) -> Option<&'a syn::PathSegment> {
    method
        .returns
        .value
        .and_then(last_segment)
        .filter(|segment| segment.ident == "IpcStream")
}

fn walk(ty: &Type, place: Place, mistakes: &mut Mistakes) {
    Types { place, mistakes }.visit_type(ty);
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Argument,
    Result,
}

struct Types<'a> {
    place: Place,
    mistakes: &'a mut Mistakes,
}

impl<'ast> Visit<'ast> for Types<'_> {
    fn visit_type(&mut self, ty: &'ast Type) {
        match ty {
            Type::Reference(reference) => self.types_are_owned(&reference.and_token),
            Type::ImplTrait(ty) => self.types_are_named(&ty.impl_token, "`impl Trait`"),
            Type::TraitObject(ty) => match &ty.dyn_token {
                Some(word) => self.types_are_named(word, "`dyn Trait`"),
                None => self.types_are_named(ty, "a trait object"),
            },
            Type::Ptr(pointer) => self.types_are_named(&pointer.star_token, "a pointer"),
            Type::BareFn(function) => self.types_are_named(&function.fn_token, "a function"),
            Type::Infer(underscore) => self.types_are_named(underscore, "`_`"),
            Type::Never(never) => self.types_are_named(never, "`!`"),
            _ => visit::visit_type(self, ty),
        }
    }

    fn visit_path_segment(&mut self, segment: &'ast syn::PathSegment) {
        self.integers_have_a_width(segment);
        self.options_are_not_nested(segment);
        self.streams_are_results(segment);
        self.types_do_not_depend_on_the_handler(segment);
        visit::visit_path_segment(self, segment);
    }

    fn visit_generic_argument(&mut self, argument: &'ast GenericArgument) {
        if let GenericArgument::Lifetime(lifetime) = argument
            && lifetime.ident != "static"
        {
            self.types_are_owned(lifetime);
        }
        visit::visit_generic_argument(self, argument);
    }

    /// The length of an array is an expression, where `usize` is in its place.
    fn visit_expr(&mut self, _length: &'ast syn::Expr) {}
}

impl Types<'_> {
    /// Refuses `&str`: what is decoded from a message belongs to nobody else.
    fn types_are_owned(&mut self, borrow: &impl quote::ToTokens) {
        self.mistakes.at(
            borrow,
            match self.place {
                Place::Argument => "take it by value: arguments are decoded from a message",
                Place::Result => "return it by value: results are encoded into a message",
            },
        );
    }

    /// Refuses types that have no values on the wire.
    fn types_are_named(&mut self, at: &impl quote::ToTokens, what: &str) {
        self.mistakes
            .at(at, format!("{what} has no form on the wire: name a type"));
    }

    /// Refuses `usize` and `isize`, which differ between wasm32 and the backend.
    fn integers_have_a_width(&mut self, segment: &syn::PathSegment) {
        let instead = match segment.ident.to_string().as_str() {
            "usize" => "`u32` or `u64`",
            "isize" => "`i32` or `i64`",
            _ => return,
        };
        let sentence = format!(
            "`{}` is not the same on both sides: write {instead}",
            segment.ident
        );
        self.mistakes.at(&segment.ident, sentence);
    }

    /// Refuses `Option<Option<T>>`: `None` and `Some(None)` are both null on the wire.
    fn options_are_not_nested(&mut self, segment: &syn::PathSegment) {
        if segment.ident != "Option" {
            return;
        }
        let inner = type_arguments(segment).into_iter().find_map(last_segment);
        if let Some(inner) = inner.filter(|inner| inner.ident == "Option") {
            let sentence = "an `Option` in an `Option` is lost on the wire, where both `None`s are \
                            null: write an enum";
            self.mistakes.at(&inner.ident, sentence);
        }
    }

    /// Refuses a stream that is not the whole result.
    fn streams_are_results(&mut self, segment: &syn::PathSegment) {
        if segment.ident == "IpcStream" {
            self.mistakes.at(
                &segment.ident,
                match self.place {
                    Place::Argument => "a stream can only be a result",
                    Place::Result => {
                        "a stream can only be the whole result: `IpcStream<T>` or \
                         `Result<IpcStream<T>, E>`"
                    }
                },
            );
        }
    }

    /// Refuses `Self`, which is another type on each side.
    fn types_do_not_depend_on_the_handler(&mut self, segment: &syn::PathSegment) {
        if segment.ident == "Self" {
            self.mistakes.at(
                &segment.ident,
                "`Self` is not the same on both sides: name a type",
            );
        }
    }
}
