//! What the type of an `impl` block is called in `Type::method`.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::{GenericParam, ItemImpl, Type, TypeParamBound};

/// Whose functions a block holds.
#[derive(Clone, Default)]
pub(super) struct Owner {
    /// The name of the block's type: without path, generics and references. `None` if it has none.
    pub(super) name: Option<String>,
    /// The names of its type and const parameters.
    pub(super) generics: Vec<String>,
    /// Whether a trait says which functions there are.
    pub(super) is_of_trait: bool,
}

/// Reads what stands before an `impl` block's braces.
pub(super) fn read(head: &TokenStream) -> Owner {
    let mut block = head.clone();
    block.extend([TokenTree::from(Group::new(Delimiter::Brace, TokenStream::new()))]);
    match syn::parse2::<ItemImpl>(block) {
        Ok(block) => Owner {
            name: of_type(&block.self_ty),
            generics: block.generics.params.iter().filter_map(named).collect(),
            is_of_trait: block.trait_.is_some(),
        },
        Err(_) => Owner::default(),
    }
}

fn named(param: &GenericParam) -> Option<String> {
    match param {
        GenericParam::Type(param) => Some(param.ident.to_string()),
        GenericParam::Const(param) => Some(param.ident.to_string()),
        GenericParam::Lifetime(_) => None,
    }
}

fn of_type(ty: &Type) -> Option<String> {
    match ty {
        Type::Path(ty) => ty.path.segments.last().map(|segment| segment.ident.unraw().to_string()),
        Type::Reference(ty) => of_type(&ty.elem),
        Type::Ptr(ty) => of_type(&ty.elem),
        Type::Paren(ty) => of_type(&ty.elem),
        Type::Group(ty) => of_type(&ty.elem),
        Type::Slice(ty) => of_type(&ty.elem).map(|elem| format!("[{elem}]")),
        Type::Array(ty) => of_type(&ty.elem).map(|elem| format!("[{elem}]")),
        Type::Tuple(ty) => {
            let elems: Option<Vec<_>> = ty.elems.iter().map(of_type).collect();
            elems.map(|elems| format!("({})", elems.join(", ")))
        }
        Type::TraitObject(ty) => ty.bounds.iter().find_map(|bound| match bound {
            TypeParamBound::Trait(bound) => bound.path.segments.last().map(|s| s.ident.unraw().to_string()),
            _ => None,
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::read;
    use quote::quote;

    fn name(head: &proc_macro2::TokenStream) -> Option<String> {
        read(head).name
    }

    #[test]
    fn a_type_is_named_without_path_generics_and_references() {
        assert_eq!(name(&quote!(impl<T> shop::Orders<T>)).as_deref(), Some("Orders"));
        assert_eq!(name(&quote!(unsafe impl<'a> Ship for &'a mut Orders<'a>)).as_deref(), Some("Orders"));
        assert_eq!(name(&quote!(impl Ship for Orders<{ 1 }> where u8: Copy)).as_deref(), Some("Orders"));
        assert_eq!(name(&quote!(impl Ship for dyn shop::Place + Send)).as_deref(), Some("Place"));
        assert_eq!(name(&quote!(impl Ship for (a::A, [u8; 3]))).as_deref(), Some("(A, [u8])"));
        assert_eq!(name(&quote!(impl r#type)).as_deref(), Some("type"));
        assert_eq!(name(&quote!(impl Ship for fn())), None);
    }
}
