//! What the macros expand to: every `tests/ui/<macro>/expand/*.rs` against its `.expanded` neighbour.
//!
//! `UPDATE_EXPECT=1` writes them anew.
#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by panicking

use std::path::{Path, PathBuf};

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Attribute, Meta};

use crate::fuse::{self, Kind};
use crate::syntax::Item;
use crate::{derive, health_check, health_checks, metrics};

type Macro = fn(TokenStream, TokenStream) -> TokenStream;
type Derive = fn(TokenStream) -> TokenStream;

const MACROS: [(&str, Macro); 7] = [
    ("traced", |attr, item| fuse::run(Kind::Traced, attr, item)),
    ("counted", |attr, item| fuse::run(Kind::Counted, attr, item)),
    ("timed", |attr, item| fuse::run(Kind::Timed, attr, item)),
    ("observed", |attr, item| fuse::run(Kind::Observed, attr, item)),
    ("health_check", health_check::run),
    ("health_checks", health_checks::run),
    ("test", crate::test::run),
];

#[test]
fn every_expansion_is_as_reviewed() {
    for (name, expand) in MACROS {
        let cases = cases(name);
        assert!(!cases.is_empty(), "no expansion of `{name}` is reviewed");
        for case in cases {
            let source = std::fs::read_to_string(&case).unwrap();
            compare(&case, expand_first(&source, name, expand));
        }
    }
}

#[test]
fn every_declaration_and_derive_is_as_reviewed() {
    let of_derives: [(&str, Derive); 3] = [
        ("label", derive::label::run),
        ("envelope", derive::envelope::run),
        ("error_type", derive::error_type::run),
    ];
    for (name, expand) in of_derives {
        for case in cases(name) {
            let source = std::fs::read_to_string(&case).unwrap();
            compare(&case, expand(source.parse().unwrap()));
        }
    }
    for case in cases("metrics") {
        let source: syn::ItemMacro = syn::parse_str(&std::fs::read_to_string(&case).unwrap()).unwrap();
        compare(&case, metrics::run(source.mac.tokens));
    }
}

fn compare(case: &Path, expanded: TokenStream) {
    let expanded = prettyplease::unparse(&syn::parse2(expanded).unwrap());
    expect_test::expect_file![case.with_extension("expanded")].assert_eq(&expanded);
}

fn cases(name: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/ui").join(name).join("expand");
    let entries = std::fs::read_dir(folder).unwrap();
    let mut cases: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    cases.sort();
    cases
}

/// Expands the attribute of the only item.
fn expand_first(source: &str, name: &str, expand: Macro) -> TokenStream {
    let Ok(mut item) = Item::read(source.parse().unwrap()) else {
        panic!("a case is one item");
    };
    let at = item.attrs.iter().position(|attr| attr.path().is_ident(name)).unwrap();
    let attr = item.attrs.remove(at);
    expand(arguments(&attr), item.into_token_stream())
}

fn arguments(attr: &Attribute) -> TokenStream {
    match &attr.meta {
        Meta::List(list) => list.tokens.clone(),
        _ => TokenStream::new(),
    }
}
