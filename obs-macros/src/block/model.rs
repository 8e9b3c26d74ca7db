//! What becomes of each item of a block.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, Error, Path, Result};

use super::args;
use super::owner::{self, Owner};
use crate::diag::Errors;
use crate::fuse::{self, Kind, Stack, is_ours};
use crate::skip;
use crate::syntax::{Braced, Function, Item, ItemKind, conditional, kind_of, split};

/// A block, taken apart.
pub(super) struct Block {
    pub(super) attrs: Vec<Attribute>,
    pub(super) braced: Braced,
    pub(super) nodes: Vec<Node>,
}

/// One item of a block.
pub(super) enum Node {
    /// As it was written.
    Kept(TokenStream),
    /// As it was written, with what is wrong.
    Refused(TokenStream, Error),
    Function(Box<(Function, fuse::Model)>),
    Block(Block),
}

/// What goes on the functions of a block.
struct Scope<'a> {
    kind: Kind,
    stack: &'a Stack,
    /// Where the crate is found: what the innermost block says that says it.
    krate: Option<&'a Path>,
    /// Whom the functions belong to.
    owner: Owner,
}

/// Takes an annotated block apart.
pub(super) fn block(kind: Kind, stack: &Stack, item: &Item) -> Result<Block> {
    match kind_of(item.rest.clone()) {
        ItemKind::File(name) => Err(file(kind, name)),
        is => {
            let scope = Scope { kind, stack, krate: stack.krate(), owner: Owner::default() };
            Ok(scope.open(item, matches!(is, ItemKind::Impl)))
        }
    }
}

impl Scope<'_> {
    /// Reads the items between the block's braces, its last token.
    fn open(&self, item: &Item, is_impl: bool) -> Block {
        let braced = Braced::open(item.rest.clone());
        let owner = if is_impl { owner::read(&braced.head) } else { Owner::default() };
        let scope = Scope { owner, ..*self };
        let items = split(braced.braces.stream());
        let nodes = items.into_iter().map(|item| scope.node(item.kind, item.tokens)).collect();
        Block { attrs: item.attrs.clone(), braced, nodes }
    }

    fn node(&self, kind: ItemKind, tokens: TokenStream) -> Node {
        if let ItemKind::Other = kind {
            return Node::Kept(tokens);
        }
        let mut item = match Item::read(tokens) {
            Ok(item) => item,
            Err((tokens, error)) => return Node::Refused(tokens, error),
        };
        if skip::take(&mut item, self.krate) {
            return Node::Kept(item.into_token_stream());
        }
        let node = self.refuse_hidden(&item).and_then(|()| match kind {
            ItemKind::Function { constness } => self.function(&mut item, constness),
            ItemKind::File(name) => Err(file(self.kind, name)),
            _ => self.inner(&mut item, matches!(kind, ItemKind::Impl)),
        });
        node.unwrap_or_else(|error| Node::Refused(item.into_token_stream(), error))
    }

    /// An inner block's own attributes take the place of the outer one's.
    fn inner(&self, item: &mut Item, is_impl: bool) -> Result<Node> {
        let own = Stack::take_all(item, self.krate)?;
        let Some((kind, _)) = own.0.first() else {
            return Ok(Node::Block(self.open(item, is_impl)));
        };
        own.whole()?;
        args::check(&own)?;
        let scope =
            Scope { kind: *kind, stack: &own, krate: own.krate().or(self.krate), owner: Owner::default() };
        Ok(Node::Block(scope.open(item, is_impl)))
    }

    /// A function's own attributes take the place of the block's; where the crate is found, the block still says.
    fn function(&self, item: &mut Item, constness: Option<Span>) -> Result<Node> {
        let own = Stack::take_all(item, self.krate)?;
        let (stack, kind) = match own.0.first() {
            Some((kind, _)) => (&own, *kind),
            None => (self.stack, self.kind),
        };
        if let Some(word) = constness.filter(|_| own.0.is_empty()) {
            return Err(self.refuse_const(word));
        }
        let function = Function::read(item, kind.goal())?;
        let mut model = fuse::Model::new(stack, &function)?;
        model.generics.clone_from(&self.owner.generics);
        if self.owner.is_of_trait && model.needs_method(&function) {
            return Err(refuse_track_caller(&function));
        }
        if let Some(krate) = own.krate().or(self.krate) {
            model.krate = krate.clone();
        }
        model.label =
            self.owner.name.as_ref().map(|owner| format!("{owner}::{}", function.sig.ident.unraw()));
        Ok(Node::Function(Box::new((function, model))))
    }

    fn refuse_const(&self, word: Span) -> Error {
        let attribute = self.kind.goal().attribute;
        let message = format!(
            "`{attribute}` runs code at every call, which a `const fn` cannot; put `#[obs::skip]` on it, or remove `const`"
        );
        Error::new(word, message)
    }

    /// Whether a `cfg_attr` holds is not known yet, and so not whether the block's attribute is wanted.
    fn refuse_hidden(&self, item: &Item) -> Result<()> {
        let mut errors = Errors::default();
        for meta in conditional(&item.attrs) {
            if let Some(name) = self.ours(meta.path()) {
                errors.push(self.hidden(meta.path(), name));
            }
        }
        errors.finish(())
    }

    fn ours(&self, path: &Path) -> Option<&'static str> {
        let names = Kind::ALL.into_iter().map(Kind::name).chain([skip::NAME]);
        names.into_iter().find(|name| is_ours(path, name, self.krate))
    }

    fn hidden(&self, path: &Path, name: &str) -> Error {
        let attribute = self.kind.goal().attribute;
        let remedy = if name == skip::NAME {
            "write `#[obs::skip]` without it, and the attributes that the function still needs in a `cfg_attr`"
        } else {
            "add `#[obs::skip]`, which leaves the function to its own attributes"
        };
        let message = format!("`{attribute}` on the block cannot tell whether this `{name}` holds; {remedy}");
        Error::new_spanned(path, message)
    }
}

fn refuse_track_caller(function: &Function) -> Error {
    let message = "the caller of a body with `?`, `return` or a macro is kept by a second method, and the trait has none; \
                   remove `#[track_caller]`, or put `#[obs::skip]` on the method";
    let attribute = function.attrs.iter().find(|attribute| attribute.path().is_ident("track_caller"));
    let at = attribute.map_or_else(|| function.sig.ident.span(), |attribute| attribute.path().span());
    Error::new(at, message)
}

fn file(kind: Kind, name: Span) -> Error {
    let attribute = kind.goal().attribute;
    let message = format!(
        "`{attribute}` cannot see into a module in another file; put it on the functions and `impl` blocks there"
    );
    Error::new(name, message)
}
