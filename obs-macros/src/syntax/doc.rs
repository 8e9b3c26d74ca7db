//! Doc comments.

use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// Returns the first paragraph of a doc comment on one line; empty where there is none.
pub(crate) fn first_paragraph(attrs: &[Attribute]) -> String {
    let mut words: Vec<String> = Vec::new();
    for text in attrs.iter().filter_map(text_of) {
        for line in text.lines().chain(text.is_empty().then_some("")) {
            if line.trim().is_empty() {
                if !words.is_empty() {
                    return words.join(" ");
                }
            } else {
                words.extend(line.split_whitespace().map(str::to_owned));
            }
        }
    }
    words.join(" ")
}

fn text_of(attr: &Attribute) -> Option<String> {
    let Meta::NameValue(meta) = &attr.meta else {
        return None;
    };
    match &meta.value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if meta.path.is_ident("doc") => Some(text.value()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::first_paragraph;
    use syn::parse_quote;

    #[test]
    fn the_first_paragraph_ends_at_an_empty_line() {
        let attrs = [
            parse_quote!(#[doc = ""]),
            parse_quote!(#[doc = " Places an"]),
            parse_quote!(#[inline]),
            parse_quote!(#[doc = " order. "]),
            parse_quote!(#[doc = ""]),
            parse_quote!(#[doc = " More."]),
        ];
        assert_eq!(first_paragraph(&attrs), "Places an order.");
        assert_eq!(first_paragraph(&[parse_quote!(#[doc = "One.\n\nTwo."])]), "One.");
        assert_eq!(first_paragraph(&[parse_quote!(#[inline])]), "");
    }
}
