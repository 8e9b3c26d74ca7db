//! Attributes that are there on a condition, and the conditions of items.

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Result, Token};

/// Returns the attributes inside of the `cfg_attr`s.
pub(crate) fn conditional(attrs: &[Attribute]) -> impl Iterator<Item = Meta> {
    attrs.iter().filter_map(open).flat_map(|(_, metas)| metas)
}

/// Returns the conditions under which the item is there, as attributes: `cfg`, and of a `cfg_attr` what is one.
pub(crate) fn conditions(attrs: &[Attribute]) -> impl Iterator<Item = TokenStream> {
    attrs.iter().filter_map(|attribute| {
        if is_cfg(&attribute.meta) {
            return Some(quote!(#attribute));
        }
        let (predicate, metas) = open(attribute)?;
        let cfgs: Vec<Meta> = metas.into_iter().filter(is_cfg).collect();
        (!cfgs.is_empty()).then(|| quote!(#[cfg_attr(#predicate, #(#cfgs),*)]))
    })
}

fn is_cfg(meta: &Meta) -> bool {
    meta.path().is_ident("cfg")
}

/// Takes `cfg_attr(predicate, attributes)` apart.
fn open(attribute: &Attribute) -> Option<(TokenStream, Vec<Meta>)> {
    if !attribute.path().is_ident("cfg_attr") {
        return None;
    }
    let read = |input: ParseStream<'_>| -> Result<_> {
        let mut predicate = TokenStream::new();
        while !input.is_empty() && !input.peek(Token![,]) {
            predicate.extend([input.parse::<TokenTree>()?]);
        }
        input.parse::<Option<Token![,]>>()?;
        let metas = Punctuated::<Meta, Token![,]>::parse_terminated(input)?;
        Ok((predicate, metas.into_iter().collect()))
    };
    attribute.parse_args_with(read).ok()
}

#[cfg(test)]
mod tests {
    use super::{conditional, conditions};
    use quote::{ToTokens, quote};
    use syn::{Attribute, parse_quote};

    #[test]
    fn a_condition_is_found_in_both_places() {
        let attrs: Vec<Attribute> = vec![
            parse_quote!(#[inline]),
            parse_quote!(#[cfg(unix)]),
            parse_quote!(#[cfg_attr(all(a, not(b)), cold, cfg(c), traced(root))]),
            parse_quote!(#[cfg_attr(true, must_use)]),
        ];
        let found: Vec<_> = conditions(&attrs).map(|tokens| tokens.to_string()).collect();
        assert_eq!(
            found,
            [quote!(#[cfg(unix)]).to_string(), quote!(#[cfg_attr(all(a, not(b)), cfg(c))]).to_string()]
        );
        let names: Vec<_> =
            conditional(&attrs).map(|meta| meta.path().to_token_stream().to_string()).collect();
        assert_eq!(names, ["cold", "cfg", "traced", "must_use"]);
    }
}
