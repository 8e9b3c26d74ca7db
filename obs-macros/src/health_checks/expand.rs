//! The block as it stands, and the registration of its checks beside it.

use proc_macro2::TokenStream;
use quote::quote;

use super::model::{Model, Node};
use crate::health_check::{by_value, register};
use crate::syntax::Item;

/// Emits the block, and for every check its descriptor and its catalog entry.
pub(super) fn expand(item: &Item, model: &Model) -> TokenStream {
    let attrs = &item.attrs;
    let block = model.braced.with(model.nodes.iter().map(node).collect());
    let registered = model.nodes.iter().flat_map(|node| match node {
        Node::Kept(_) => Vec::new(),
        Node::Method { function, checks, .. } => {
            checks.iter().map(|check| register(function, check, attrs)).collect()
        }
    });
    quote!(#(#attrs)* #block #(#registered)*)
}

fn node(node: &Node) -> TokenStream {
    match node {
        Node::Kept(tokens) => tokens.clone(),
        Node::Method { item, checks, .. } => {
            let by_value = checks.first().and_then(by_value);
            quote!(#by_value #item)
        }
    }
}
