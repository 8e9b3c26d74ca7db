//! The block as tokens.

use proc_macro2::{Group, TokenStream};
use quote::quote;

use super::model::{Block, Node};
use crate::diag;

/// Puts the block together again.
pub(super) fn expand(block: &Block) -> TokenStream {
    let Block { attrs, head, braces, nodes } = block;
    let mut inside = Group::new(braces.delimiter(), nodes.iter().map(node).collect());
    inside.set_span(braces.span());
    quote!(#(#attrs)* #head #inside)
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
