//! The checks of a block, and every reason not to register one.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Attribute, Error, GenericParam, ItemImpl, Path, Result};

use crate::diag::{self, Errors};
use crate::fuse::{arguments, fused, is_fused, is_ours};
use crate::health_check::{self, GOAL, NAME, Owner, TABLE};
use crate::syntax::{
    Args, Braced, Function, Item, ItemKind, conditional, conditions, kind_of, other_than_block, split,
};

/// A block, taken apart.
pub(super) struct Model {
    pub(super) braced: Braced,
    pub(super) nodes: Vec<Node>,
}

/// One item of a block.
pub(super) enum Node {
    /// No check, as it was written.
    Kept(TokenStream),
    /// A method, and the checks that it is.
    Method { item: Item, function: Box<Function>, checks: Vec<health_check::Model> },
}

impl Model {
    /// Takes the block apart. The annotations of its methods are taken in also where something is refused: on their own
    /// they would only be refused once more.
    pub(super) fn new(krate: Option<Path>, item: &mut Item) -> Result<Self> {
        if !matches!(kind_of(item.rest.clone()), ItemKind::Impl) {
            return Err(refuse_other(item));
        }
        let braced = Braced::open(item.rest.clone());
        let items = split(braced.braces.stream());
        let found: Vec<Found> =
            items.into_iter().map(|item| Found::of(item.tokens, krate.as_ref())).collect();
        item.rest = braced.with(found.iter().map(Found::tokens).collect());
        let mut errors = Errors::default();
        let owner = errors.take(owner(&braced, krate));
        errors.take(refuse_none(&braced, &found));
        let nodes = found.into_iter().filter_map(|found| errors.take(found.node(owner.as_ref())));
        let model = Model { nodes: nodes.collect(), braced };
        errors.take(model.refuse_twice());
        errors.finish(model)
    }

    /// Two methods may be one check on different conditions; what is there twice all the same, `init()` refuses.
    fn refuse_twice(&self) -> Result<()> {
        let mut errors = Errors::default();
        let mut former: Vec<(&str, bool)> = Vec::new();
        for node in &self.nodes {
            let Node::Method { item, checks, .. } = node else {
                continue;
            };
            let is_certain = conditions(&item.attrs).next().is_none();
            for check in checks {
                if former
                    .iter()
                    .any(|(name, was_certain)| *name == check.name && (is_certain || *was_certain))
                {
                    let message = format!(
                        "this block has a check `{name}` already; write another `name = \"...\"`",
                        name = check.name
                    );
                    errors.push(Error::new(check.name_at, message));
                }
                former.push((&check.name, is_certain));
            }
        }
        errors.finish(())
    }
}

/// One item of a block, its annotations marked as taken in.
enum Found {
    Kept(TokenStream),
    Annotated { item: Item, annotations: Vec<Attribute>, hidden: Vec<Path> },
}

impl Found {
    fn of(tokens: TokenStream, krate: Option<&Path>) -> Self {
        let mut item = match Item::read(tokens) {
            Ok(item) => item,
            Err((tokens, _)) => return Found::Kept(tokens), // inner attributes
        };
        let is_check = |path: &Path| is_ours(path, NAME, krate);
        let hidden: Vec<Path> =
            conditional(&item.attrs).map(|meta| meta.path().clone()).filter(is_check).collect();
        if !hidden.is_empty() {
            // Refused, and only refused once more where it holds.
            item.attrs.retain(|attribute| !attribute.path().is_ident("cfg_attr"));
        }
        let mut annotations = Vec::new();
        for attribute in &mut item.attrs {
            if is_check(attribute.path()) && !arguments(attribute).is_ok_and(|tokens| is_fused(&tokens)) {
                let taken_in = fused(attribute);
                annotations.push(std::mem::replace(attribute, taken_in));
            }
        }
        Found::Annotated { item, annotations, hidden }
    }

    fn tokens(&self) -> TokenStream {
        match self {
            Found::Kept(tokens) => tokens.clone(),
            Found::Annotated { item, .. } => item.to_token_stream(),
        }
    }

    fn is_check(&self) -> bool {
        match self {
            Found::Kept(_) => false,
            Found::Annotated { annotations, hidden, .. } => !annotations.is_empty() || !hidden.is_empty(),
        }
    }

    /// Makes the checks; without an owner, which is refused already, only to find out what else is wrong.
    fn node(self, owner: Option<&Owner>) -> Result<Node> {
        let (item, annotations) = match self {
            Found::Kept(tokens) => return Ok(Node::Kept(tokens)),
            Found::Annotated { item, annotations, hidden } => {
                refuse_hidden(&hidden)?;
                (item, annotations)
            }
        };
        if annotations.is_empty() {
            return Ok(Node::Kept(item.into_token_stream()));
        }
        let function = Function::read(&item, GOAL);
        let mut errors = Errors::default();
        let args: Vec<Args> = annotations
            .iter()
            .filter_map(|attribute| {
                errors.take(arguments(attribute).and_then(|tokens| Args::read(tokens, &TABLE)))
            })
            .collect();
        let (args, function) = diag::both(errors.finish(args), function)?;
        let mut errors = Errors::default();
        let checks = owner.map_or_else(Vec::new, |owner| {
            let checks = args.iter().map(|args| health_check::Model::new(args, &function, Some(owner)));
            checks.filter_map(|check| errors.take(check)).collect()
        });
        errors.finish(Node::Method { item, function: Box::new(function), checks })
    }
}

/// Reads whose methods the block holds; refuses a type that nobody could provide.
fn owner(braced: &Braced, krate: Option<Path>) -> Result<Owner> {
    let block: ItemImpl = syn::parse2(braced.with(TokenStream::new()))?;
    let mut errors = Errors::default();
    for param in &block.generics.params {
        let (name, remedy) = match param {
            GenericParam::Lifetime(param) => (param.lifetime.to_string(), "write `'static`"),
            GenericParam::Type(param) => (param.ident.to_string(), "write the type"),
            GenericParam::Const(param) => (param.ident.to_string(), "write the value"),
        };
        let message = format!(
            "nobody chooses `{name}` for the checks of this block; {remedy} in its place, in a block of its own"
        );
        errors.push(Error::new_spanned(param, message));
    }
    errors.finish(Owner { krate, ty: *block.self_ty, of_trait: block.trait_.map(|(path, _)| path) })
}

fn refuse_none(braced: &Braced, found: &[Found]) -> Result<()> {
    if found.iter().any(Found::is_check) {
        return Ok(());
    }
    let message =
        "no method of this block is a check; put `#[health_check]` on one, or remove `#[health_checks]`";
    Err(Error::new(other_than_block(braced.head.clone()).0, message))
}

/// Whether a `cfg_attr` holds is not known yet, and so not whether the method is a check.
fn refuse_hidden(hidden: &[Path]) -> Result<()> {
    let mut errors = Errors::default();
    for path in hidden {
        let message = "`#[health_checks]` cannot tell whether this `health_check` holds; \
                       put it on a method of its own, with `#[cfg(...)]` beside it";
        errors.push(Error::new_spanned(path, message));
    }
    errors.finish(())
}

fn refuse_other(item: &Item) -> Error {
    let (at, found) = match kind_of(item.rest.clone()) {
        ItemKind::Function { .. } => (other_than_block(item.rest.clone()).0, "a function"),
        _ => other_than_block(item.rest.clone()),
    };
    let remedy = match found {
        "a function" => "write `#[health_check]`",
        _ => "put it on the block whose methods are checks",
    };
    Error::new(at, format!("`#[health_checks]` goes on an `impl` block, not on {found}; {remedy}"))
}
