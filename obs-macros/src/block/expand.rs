//! The block as tokens.

use proc_macro2::TokenStream;
use quote::quote;

use super::model::{Block, Node};
use crate::diag;

/// Puts the block together again.
pub(super) fn expand(block: &Block) -> TokenStream {
    let Block { attrs, braced, nodes } = block;
    let block = braced.with(nodes.iter().map(node).collect());
    quote!(#(#attrs)* #block)
}

fn node(node: &Node) -> TokenStream {
    match node {
        Node::Kept(tokens) => tokens.clone(),
        Node::Refused(tokens, error) => diag::keep(tokens, error),
        Node::Function(function) => {
            let (function, model) = &**function;
            model.expand(function)
        }
        Node::Block(block) => expand(block),
    }
}
