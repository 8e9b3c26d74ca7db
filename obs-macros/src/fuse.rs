//! `traced`, `counted`, `timed` and `observed` on one function become one: whichever is outermost takes in the others.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::{Attribute, Error, Meta, Path, Result, parse_quote};

use crate::codegen::{self, Pieces};
use crate::diag::{self, Errors};
use crate::metrics::Meter;
use crate::syntax::{Args, Function, Goal, Item, Table, default_crate};
use crate::{block, counted, future, judged, observed, pipeline, timed, traced};

/// The attributes that fuse.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Traced,
    Counted,
    Timed,
    Observed,
}

/// The argument of an attribute that was taken in. It stays, and does nothing: an attribute that vanished would leave the
/// import that names it unused.
const FUSED: &str = "__obs_fused";

/// The recipe of all four: arguments → function → model → expansion.
pub(crate) fn run(kind: Kind, attr: TokenStream, item: TokenStream) -> TokenStream {
    if is_fused(&attr) {
        return item;
    }
    pipeline::run(item, |item| {
        if block::is_block(item) {
            return block::run(kind, attr, item);
        }
        let stack = Stack::take(kind, attr, item);
        let function = Function::read(item, kind.goal());
        let stack =
            stack.and_then(|stack| if function.is_ok() { Ok(stack) } else { stack.whole().map(|()| stack) });
        let (stack, function) = diag::both(stack, function)?;
        let model = Model::new(&stack, &function)?;
        Ok(model.expand(&function))
    })
}

impl Kind {
    pub(crate) const ALL: [Kind; 4] = [Kind::Traced, Kind::Counted, Kind::Timed, Kind::Observed];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Traced => "traced",
            Kind::Counted => "counted",
            Kind::Timed => "timed",
            Kind::Observed => "observed",
        }
    }

    fn table(self) -> &'static Table {
        match self {
            Kind::Traced => &traced::TABLE,
            Kind::Counted => &counted::TABLE,
            Kind::Timed => &timed::TABLE,
            Kind::Observed => &observed::TABLE,
        }
    }

    pub(crate) fn goal(self) -> Goal {
        Goal {
            attribute: match self {
                Kind::Traced => "#[traced]",
                Kind::Counted => "#[counted]",
                Kind::Timed => "#[timed]",
                Kind::Observed => "#[observed]",
            },
            instead: "put it on functions that have a body, on an `impl` block or on a module",
        }
    }

    /// Tells which of the four an attribute is: `traced`, `obs::traced`, `<krate>::traced`, where the path of the crate
    /// may be written shorter than in `crate = ...`.
    fn of(attribute: &Attribute, krate: Option<&Path>) -> Option<Kind> {
        if arguments(attribute).is_ok_and(|tokens| is_fused(&tokens)) {
            return None;
        }
        Kind::ALL.into_iter().find(|kind| is_ours(attribute.path(), kind.name(), krate))
    }
}

/// Tells whether a path means our `name`: `name`, also of a module around it, `obs::name`, `<krate>::name`.
pub(crate) fn is_ours(path: &Path, name: &str, krate: Option<&Path>) -> bool {
    let words = |path: &Path| path.segments.iter().map(|s| s.ident.to_string()).collect::<Vec<_>>();
    let mut path = words(path);
    let last = path.pop();
    let is_imported = path.iter().all(|word| matches!(word.as_str(), "self" | "super" | "crate"));
    let ours = is_imported || path == ["obs"] || krate.is_some_and(|krate| words(krate).ends_with(&path));
    ours && last.is_some_and(|last| last == name)
}

/// The annotations of one function, outermost first.
pub(crate) struct Stack(pub(crate) Vec<(Kind, Args)>);

impl Stack {
    /// Takes the outermost one's siblings off the item and reads the arguments of all.
    pub(crate) fn take(outermost: Kind, attr: TokenStream, item: &mut Item) -> Result<Self> {
        let mut errors = Errors::default();
        let own = errors.take(Args::read_what_is_right(attr, outermost.table()));
        let krate = own.as_ref().and_then(Args::krate).cloned();
        let stack = Stack(own.map(|args| (outermost, args)).into_iter().collect());
        stack.with_siblings(vec![outermost], errors, item, krate.as_ref())
    }

    /// Takes the annotations off an item that stands in an annotated block; empty where it has none.
    pub(crate) fn take_all(item: &mut Item, krate: Option<&Path>) -> Result<Self> {
        Stack(Vec::new()).with_siblings(Vec::new(), Errors::default(), item, krate)
    }

    /// Adds the annotations that still stand on the item to those before them.
    fn with_siblings(
        mut self,
        mut kinds: Vec<Kind>,
        mut errors: Errors,
        item: &mut Item,
        krate: Option<&Path>,
    ) -> Result<Self> {
        for attribute in std::mem::take(&mut item.attrs) {
            let Some(kind) = Kind::of(&attribute, krate) else {
                item.attrs.push(attribute);
                continue;
            };
            errors.take(refuse_twice(kind, &kinds, &attribute));
            kinds.push(kind);
            let args =
                arguments(&attribute).and_then(|tokens| Args::read_what_is_right(tokens, kind.table()));
            self.0.extend(errors.take(args).map(|args| (kind, args)));
            item.attrs.push(fused(&attribute));
        }
        match errors.finish(()) {
            Ok(()) => Ok(self),
            Err(error) => diag::both(Err(error), self.whole()).map(|((), ())| self),
        }
    }

    /// Returns what is wrong with options that no other one needs.
    pub(crate) fn whole(&self) -> Result<()> {
        let mut errors = Errors::default();
        for (_, args) in &self.0 {
            errors.take(args.whole());
        }
        errors.finish(())
    }

    /// Returns the path of the crate, if one of them gives it.
    pub(crate) fn krate(&self) -> Option<&Path> {
        self.0.iter().find_map(|(_, args)| args.krate())
    }
}

/// Tells whether the arguments are those of an attribute that was taken in.
pub(crate) fn is_fused(arguments: &TokenStream) -> bool {
    let mut tokens = arguments.clone().into_iter();
    let first = tokens.next();
    matches!(first, Some(TokenTree::Ident(word)) if word == FUSED) && tokens.next().is_none()
}

/// Returns the attribute that stays for one that was taken in.
pub(crate) fn fused(attribute: &Attribute) -> Attribute {
    let path = attribute.path();
    let mark = Ident::new(FUSED, Span::call_site());
    parse_quote!(#[#path(#mark)])
}

/// Returns what stands between an attribute's parentheses.
pub(crate) fn arguments(attribute: &Attribute) -> Result<TokenStream> {
    match &attribute.meta {
        Meta::Path(_) => Ok(TokenStream::new()),
        Meta::List(list) => Ok(list.tokens.clone()),
        Meta::NameValue(meta) => Err(Error::new(
            meta.eq_token.span,
            "expected options in parentheses; write `(key = value)` behind the attribute's name",
        )),
    }
}

/// A function has one span. Whether a metric is updated twice is told when the metrics are known.
fn refuse_twice(kind: Kind, former: &[Kind], attribute: &Attribute) -> Result<()> {
    let spans = |kind| matches!(kind, Kind::Traced | Kind::Observed);
    match former.iter().find(|former| spans(kind) && spans(**former)) {
        Some(former) => Err(Error::new(
            attribute.path().span(),
            format!(
                "the function is already `{}`, which makes its span; keep one of the two, with all options",
                former.name()
            ),
        )),
        None => Ok(()),
    }
}

/// What will be generated.
pub(crate) struct Model {
    pub(crate) krate: Path,
    /// `Type::method`, where the type is known.
    pub(crate) label: Option<String>,
    /// The type and const parameters of its `impl` block, where they are known.
    pub(crate) generics: Vec<String>,
    /// Whether the return type is another name for a boxed future.
    boxed: bool,
    parts: Vec<Part>,
    judged: judged::Model,
}

enum Part {
    Traced(Box<traced::Model>),
    Counted(counted::Model),
    Timed(timed::Model),
    Observed(Box<observed::Model>),
}

impl Model {
    pub(crate) fn new(stack: &Stack, function: &Function) -> Result<Self> {
        let mut errors = Errors::default();
        errors.take(stack.whole());
        let krate = stack.krate().cloned();
        let mut parts = Vec::new();
        for (kind, args) in &stack.0 {
            let part = match kind {
                Kind::Traced => traced::Model::new(args, function).map(|m| Part::Traced(Box::new(m))),
                Kind::Counted => counted::Model::new(args, function).map(Part::Counted),
                Kind::Timed => timed::Model::new(args, function).map(Part::Timed),
                Kind::Observed => observed::Model::new(args, function).map(|m| Part::Observed(Box::new(m))),
            };
            parts.extend(errors.take(part));
        }
        let judged =
            errors.take(judged::Model::new(stack.0.iter().map(|(_, args)| args))).unwrap_or_default();
        errors.take(Meter::refuse_twice(parts.iter().filter_map(Part::counted), "counted"));
        errors.take(Meter::refuse_twice(parts.iter().filter_map(Part::timed), "timed"));
        let boxed = errors.take(future::read(stack.0.iter().map(|(_, args)| args), function));
        let krate = krate.unwrap_or_else(default_crate);
        let boxed = boxed.unwrap_or_default();
        errors.finish(Model { krate, label: None, generics: Vec::new(), boxed, parts, judged })
    }

    pub(crate) fn expand(&self, function: &Function) -> TokenStream {
        codegen::rebuild(function, &self.pieces())
    }

    /// Tells whether the body moves into a method of its own, which a trait's `impl` has no room for.
    pub(crate) fn needs_method(&self, function: &Function) -> bool {
        codegen::needs_method(function, &self.pieces())
    }

    fn pieces(&self) -> Pieces {
        let mut pieces = Pieces::new(self.krate.clone());
        pieces.boxed = self.boxed;
        pieces.label.clone_from(&self.label);
        pieces.generics.clone_from(&self.generics);
        for part in &self.parts {
            match part {
                Part::Traced(model) => traced::add(model, &mut pieces),
                Part::Counted(model) => counted::add(model, &mut pieces),
                Part::Timed(model) => timed::add(model, &mut pieces),
                Part::Observed(model) => observed::add(model, &mut pieces),
            }
        }
        judged::add(&self.judged, &mut pieces);
        pieces
    }
}

impl Part {
    fn counted(&self) -> Option<&Meter> {
        match self {
            Part::Counted(model) => model.metric.as_ref(),
            _ => None,
        }
    }

    fn timed(&self) -> Option<&Meter> {
        match self {
            Part::Timed(model) => model.metric.as_ref(),
            _ => None,
        }
    }
}
