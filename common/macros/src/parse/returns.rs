//! What a method returns, as far as tokens tell.
//!
//! It looks through `Result`, `IpcStream` and `RpcFailure` by name, since a macro knows no types.
//! The model of a method holds what is found here.

use syn::{PathSegment, ReturnType, Type};

/// What a method returns, as far as it can be seen without knowing types.
pub(crate) struct Returns<'a> {
    /// The type as written; `None` where no type is written.
    pub(crate) written: Option<&'a Type>,
    /// What the call gives; `None` is `()`.
    pub(crate) value: Option<&'a Type>,
    /// The method's own error.
    pub(crate) error: Option<&'a Type>,
    /// `RpcFailure`, where the method may also give another answer than a result or an error.
    pub(crate) control: Option<&'a PathSegment>,
    /// Where `value` is a stream: its items, and the error that may end it.
    pub(crate) stream: Option<StreamTypes<'a>>,
}

/// What stands in the brackets of `IpcStream<T, E>`.
pub(crate) struct StreamTypes<'a> {
    pub(crate) item: &'a Type,
    pub(crate) error: Option<&'a Type>,
}

impl<'a> Returns<'a> {
    pub(super) fn parse(output: &'a ReturnType) -> Self {
        let ReturnType::Type(_, written) = output else {
            return Self {
                written: None,
                value: None,
                error: None,
                control: None,
                stream: None,
            };
        };
        let (value, error) = match result_arguments(written).as_deref() {
            Some([value, error]) => (*value, Some(*error)),
            _ => (&**written, None),
        };
        let value = (!is_unit(value)).then_some(value);
        let control = error.and_then(last_segment);
        let control = control.filter(|segment| segment.ident == "RpcFailure");
        let error = match control {
            Some(control) => type_arguments(control).first().copied(),
            None => error,
        };
        Self {
            written: Some(written),
            value,
            error,
            control,
            stream: value.and_then(StreamTypes::parse),
        }
    }
}

impl<'a> StreamTypes<'a> {
    fn parse(value: &'a Type) -> Option<Self> {
        let stream = last_segment(value).filter(|segment| segment.ident == "IpcStream")?;
        match type_arguments(stream)[..] {
            [item] => Some(Self { item, error: None }),
            [item, error] => Some(Self {
                item,
                error: Some(error),
            }),
            _ => None,
        }
    }
}

/// The type arguments of a type whose last name is `Result`; `None` for any other type.
pub(crate) fn result_arguments(ty: &Type) -> Option<Vec<&Type>> {
    last_segment(ty)
        .filter(|segment| segment.ident == "Result")
        .map(type_arguments)
}

/// The last name of a path, with what stands in its angle brackets.
pub(crate) fn last_segment(ty: &Type) -> Option<&PathSegment> {
    match ty {
        Type::Path(path) => path.path.segments.last(),
        // What a `macro_rules!` macro captured as `$t:ty` comes in an invisible group.
        Type::Group(group) => last_segment(&group.elem),
        Type::Paren(paren) => last_segment(&paren.elem),
        _ => None,
    }
}

/// The types in the angle brackets of one path segment.
pub(crate) fn type_arguments(segment: &PathSegment) -> Vec<&Type> {
    let syn::PathArguments::AngleBracketed(brackets) = &segment.arguments else {
        return Vec::new();
    };
    brackets
        .args
        .iter()
        .filter_map(|argument| match argument {
            syn::GenericArgument::Type(ty) => Some(ty),
            _ => None,
        })
        .collect()
}

fn is_unit(ty: &Type) -> bool {
    matches!(ty, Type::Tuple(tuple) if tuple.elems.is_empty())
}
