//! What a function returns, in a form that may be written inside its body.

use proc_macro2::Span;
use syn::{
    GenericArgument, PathArguments, ReturnType, Token, Type, TypeInfer, TypeParamBound, TypeTuple, token,
};

/// What a function returns.
pub(crate) enum Output {
    /// `!`
    Never,
    /// A type; `_` stands for each `impl Trait`, which cannot be named inside the body.
    Type(Box<Type>),
}

impl Output {
    /// Reads a return type.
    pub(crate) fn of(output: &ReturnType) -> Self {
        match output {
            ReturnType::Default => Output::Type(Box::new(Type::Tuple(TypeTuple {
                attrs: Vec::new(),
                paren_token: token::Paren::default(),
                elems: syn::punctuated::Punctuated::new(),
            }))),
            ReturnType::Type(_, ty) if matches!(**ty, Type::Never(_)) => Output::Never,
            ReturnType::Type(_, ty) => Output::Type(Box::new(erased(ty))),
        }
    }
}

/// Returns the type with `_` for each `impl Trait`.
pub(super) fn erased(ty: &Type) -> Type {
    let mut ty = ty.clone();
    erase_impl_trait(&mut ty);
    ty
}

/// Tells whether a value is known by the writing of its type to hold neither a verdict nor work to be done: it is no type
/// with a name, or one of the language's own.
pub(super) fn tells_nothing(output: &ReturnType) -> bool {
    match output {
        ReturnType::Default => true,
        ReturnType::Type(_, ty) => is_mute(ty),
    }
}

fn is_mute(ty: &Type) -> bool {
    const PRIMITIVES: [&str; 17] = [
        "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "str", "u8", "u16", "u32",
        "u64", "u128", "usize",
    ];
    match ty {
        Type::Path(ty) => {
            ty.qself.is_none() && PRIMITIVES.iter().any(|primitive| ty.path.is_ident(primitive))
        }
        Type::Reference(ty) => ty.mutability.is_none(), // a `&mut` to a future is a future
        Type::Tuple(_) | Type::Array(_) | Type::Ptr(_) | Type::Never(_) => true,
        // Only where it stands does a closure learn its types from the bounds.
        Type::ImplTrait(ty) => !ty.bounds.iter().any(may_work),
        Type::Group(ty) => is_mute(&ty.elem),
        Type::Paren(ty) => is_mute(&ty.elem),
        _ => false,
    }
}

/// Tells whether a bound is named like those of futures and streams: `IntoFuture`, `TryStream`.
fn may_work(bound: &TypeParamBound) -> bool {
    let TypeParamBound::Trait(bound) = bound else {
        return false;
    };
    bound.path.segments.last().is_some_and(|last| {
        let name = last.ident.to_string();
        name.contains("Future") || name.contains("Stream")
    })
}

fn erase_impl_trait(ty: &mut Type) {
    match ty {
        Type::ImplTrait(_) => {
            *ty =
                Type::Infer(TypeInfer { attrs: Vec::new(), underscore_token: Token![_](Span::call_site()) });
        }
        Type::Array(ty) => erase_impl_trait(&mut ty.elem),
        Type::Group(ty) => erase_impl_trait(&mut ty.elem),
        Type::Paren(ty) => erase_impl_trait(&mut ty.elem),
        Type::Ptr(ty) => erase_impl_trait(&mut ty.elem),
        Type::Reference(ty) => erase_impl_trait(&mut ty.elem),
        Type::Slice(ty) => erase_impl_trait(&mut ty.elem),
        Type::Tuple(ty) => ty.elems.iter_mut().for_each(erase_impl_trait),
        Type::Path(ty) => {
            for segment in &mut ty.path.segments {
                erase_in_arguments(&mut segment.arguments);
            }
        }
        Type::TraitObject(ty) => {
            for bound in &mut ty.bounds {
                if let TypeParamBound::Trait(bound) = bound {
                    bound.path.segments.iter_mut().for_each(|s| erase_in_arguments(&mut s.arguments));
                }
            }
        }
        _ => {}
    }
}

fn erase_in_arguments(arguments: &mut PathArguments) {
    match arguments {
        PathArguments::None => {}
        PathArguments::AngleBracketed(generics) => {
            for argument in &mut generics.args {
                match argument {
                    GenericArgument::Type(ty) => erase_impl_trait(ty),
                    GenericArgument::AssocType(assoc) => erase_impl_trait(&mut assoc.ty),
                    _ => {}
                }
            }
        }
        PathArguments::Parenthesized(call) => {
            if let ReturnType::Type(_, ty) = &mut call.output {
                erase_impl_trait(ty);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Output;
    use quote::ToTokens;
    use syn::parse_quote;

    fn erased(output: &syn::ReturnType) -> String {
        match Output::of(output) {
            Output::Never => "!".to_owned(),
            Output::Type(ty) => ty.to_token_stream().to_string(),
        }
    }

    #[test]
    fn opaque_types_are_left_to_inference_wherever_they_stand() {
        assert_eq!(erased(&parse_quote!(-> impl Iterator<Item = u8> + 'a)), "_");
        assert_eq!(
            erased(&parse_quote!(-> Result<(u8, Box<impl Fn()>), E>)),
            "Result < (u8 , Box < _ >) , E >"
        );
        assert_eq!(erased(&parse_quote!(-> &'a [u8])), "& 'a [u8]");
        let boxed = erased(&parse_quote!(-> Box<dyn Iterator<Item = impl Display> + 'a>));
        assert_eq!(boxed, "Box < dyn Iterator < Item = _ > + 'a >");
        assert_eq!(erased(&parse_quote!(-> !)), "!");
        assert_eq!(erased(&parse_quote!()), "()");
    }
}
