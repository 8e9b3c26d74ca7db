//! What an annotated function adds up to: its static, and how its call begins.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Expr, ExprLit, Lit, Path};

use super::ending::Ending;
use super::place::ours;
use crate::syntax::{Function, first_paragraph};

/// What the annotations of one function add up to.
pub(crate) struct Pieces {
    /// The path of the crate.
    pub(crate) krate: Path,
    /// `Type::method`, where the type is known.
    pub(crate) label: Option<String>,
    /// The type and const parameters of its `impl` block, where they are known.
    pub(crate) generics: Vec<String>,
    /// The span, if it has one.
    pub(crate) span: Option<SpanPiece>,
    /// The names of its `Signals`.
    pub(crate) signals: Vec<Ident>,
    /// Whether `future = boxed` says that the return type stands for a boxed future.
    pub(crate) boxed: bool,
    /// The metrics it names, each an expression that begins an update.
    pub(crate) metrics: Vec<TokenStream>,
    /// What is done when the body has ended.
    pub(crate) ending: Ending,
}

/// A span, each part an expression.
pub(crate) struct SpanPiece {
    pub(crate) name: Option<Expr>,
    pub(crate) target: Option<TokenStream>,
    /// `info` if absent.
    pub(crate) level: Option<TokenStream>,
    /// Internal if absent.
    pub(crate) kind: Option<TokenStream>,
    /// What is current if absent.
    pub(crate) parent: Option<TokenStream>,
    /// Method calls on its `Relatives`.
    pub(crate) relatives: Vec<TokenStream>,
    /// Whether `parent` and `relatives` hold expressions of the user's, which must not be evaluated for nobody.
    pub(crate) is_lazy: bool,
    /// The share of the traces it starts that are recorded.
    pub(crate) sample: Option<f64>,
    /// `(key, value)` pairs that never change.
    pub(crate) constants: Vec<TokenStream>,
    pub(crate) field_names: Vec<String>,
    /// A `&dyn Value` each.
    pub(crate) field_values: Vec<TokenStream>,
    /// Whether the values are variables: none of the user's code runs before somebody looks at them.
    pub(crate) are_variables: bool,
    /// The message that is given the span's context.
    pub(crate) stamp: Option<TokenStream>,
    /// How many messages the call is given together.
    pub(crate) messages: Option<TokenStream>,
}

impl Pieces {
    /// Begins with nothing.
    pub(crate) fn new(krate: Path) -> Self {
        Pieces {
            krate,
            label: None,
            generics: Vec::new(),
            span: None,
            signals: Vec::new(),
            boxed: false,
            metrics: Vec::new(),
            ending: Ending::default(),
        }
    }

    /// Adds a signal, once.
    pub(crate) fn signal(&mut self, name: &str) {
        let name = Ident::new(name, Span::call_site());
        if !self.signals.contains(&name) {
            self.signals.push(name);
        }
    }
}

/// The descriptor, in the catalog.
pub(super) fn callsite(
    function: &Function,
    pieces: &Pieces,
    is_judged: bool,
    private: &TokenStream,
) -> TokenStream {
    let (line, text) = (quote_spanned!(function.sig.ident.span()=> ::core::line!()), text(function, pieces));
    let (plan, judged) = (plan(pieces, private), is_judged.then(|| quote!(.judged())));
    // Those without metrics of their own need not know their type.
    let measured = pieces.signals.iter().any(|signal| signal != "SPAN").then(|| quote!(, measured));
    let more = more(pieces, private).map(|more| {
        let comma = measured.is_none().then(|| quote!(,));
        quote!(#comma #more)
    });
    let statics = &pieces.ending.statics;
    quote! {
        #private::callsite! { #line, #text, #plan #judged #measured #more }
        #(#statics)*
    }
}

/// Name, `Type::method`, fields and doc comment, a line each.
fn text(function: &Function, pieces: &Pieces) -> String {
    let ident = function.sig.ident.unraw().to_string();
    let name = name_in_text(pieces).or_else(|| pieces.label.clone()).unwrap_or(ident);
    let fields = pieces.span.as_ref().map_or_else(String::new, |span| span.field_names.join(","));
    let label = pieces.label.as_deref().unwrap_or_default();
    format!("{name}\n{label}\n{fields}\n{}", first_paragraph(&function.attrs))
}

/// The span's name, if it is written out and fits a line.
fn name_in_text(pieces: &Pieces) -> Option<String> {
    match pieces.span.as_ref()?.name.as_ref()? {
        Expr::Lit(ExprLit { lit: Lit::Str(name), .. }) => Some(name.value()).filter(|n| !n.contains('\n')),
        _ => None,
    }
}

fn plan(pieces: &Pieces, private: &TokenStream) -> TokenStream {
    let signals = &pieces.signals;
    let mut plan = match signals.split_first() {
        Some((only, [])) if only == "SPAN" => quote!(#private::Plan::TRACED),
        _ if signals.len() == 4 => quote!(#private::Plan::OBSERVED),
        Some((first, rest)) => {
            quote!(#private::Plan::of(#private::Signals::#first #(.and(#private::Signals::#rest))*))
        }
        None => quote!(#private::Plan::of(#private::Signals::NONE)),
    };
    if let Some(SpanPiece { level, kind, .. }) = &pieces.span {
        let level = level.as_ref().map(|level| quote!(.level(#level)));
        let kind = kind.as_ref().map(|kind| quote!(.kind(#kind)));
        plan.extend([level, kind].into_iter().flatten());
    }
    plan
}

/// What few callsites have.
fn more(pieces: &Pieces, private: &TokenStream) -> Option<TokenStream> {
    let span = pieces.span.as_ref()?;
    let name = span.name.as_ref().filter(|_| name_in_text(pieces).is_none());
    let SpanPiece { target, constants, sample, .. } = span;
    let more: TokenStream = [
        name.map(|name| quote!(.name(#name))),
        target.as_ref().map(|target| quote!(.target(#target))),
        (!constants.is_empty()).then(|| quote!(.constants(&[#(#constants),*]))),
        sample.map(|share| quote!(.sample(#share))),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!more.is_empty()).then(|| quote!(&const { #private::More::NONE #more }))
}

/// The parts of a call's beginning: the span's parent, what evaluates its fields, and its metrics.
pub(super) struct Start {
    /// A `Parent`, or what evaluates its `Relatives`.
    pub(super) parent: TokenStream,
    pub(super) is_lazy: bool,
    pub(super) values: TokenStream,
    /// The metrics whose labels are evaluated; `None` where that panics.
    pub(super) metrics: TokenStream,
    /// The fields, each a variable, of a call that names nothing else.
    plain: Option<Vec<TokenStream>>,
    /// The statement that writes the span's context into a message.
    stamp: Option<TokenStream>,
    /// The method call that counts messages.
    pub(super) messages: Option<TokenStream>,
}

impl Start {
    pub(super) fn new(pieces: &Pieces, private: &TokenStream) -> Self {
        let span = pieces.span.as_ref();
        let values = span.map_or(&[][..], |span| &span.field_values);
        let metrics = &pieces.metrics;
        let stamp = span.and_then(|span| span.stamp.as_ref());
        let is_lazy = span.is_some_and(|span| span.is_lazy);
        let parent = span.and_then(|span| span.parent.as_ref());
        let are_variables = span.is_none_or(|span| span.are_variables);
        Start {
            plain: (metrics.is_empty() && parent.is_none() && !is_lazy && are_variables)
                .then(|| values.to_vec()),
            is_lazy,
            parent: span
                .filter(|_| is_lazy)
                .map(|span| {
                    let relatives = span.relatives(private);
                    quote!(&mut || #relatives)
                })
                .or_else(|| parent.cloned())
                .unwrap_or_else(|| quote!(#private::Parent::Current)),
            values: if values.is_empty() {
                quote!(&mut |_| {})
            } else {
                quote! {
                    &mut |__obs_values| {
                        __obs_values(&[#(::core::option::Option::Some(#values)),*]);
                    }
                }
            },
            metrics: quote!([#(#private::guarded(|| #metrics)),*]),
            messages: span
                .and_then(|span| span.messages.as_ref())
                .map(|count| quote!(.of_messages(|| #count))),
            stamp: stamp.map(|envelope| quote_spanned!(ours(envelope.span())=> __obs_call.stamp(#envelope);)),
        }
    }

    /// Begins the call now, as a `Scope` in the variable `__obs_call`.
    pub(super) fn scope(&self, private: &TokenStream) -> TokenStream {
        let (begin, stamp) = (self.begin(&quote!(&mut __obs_place,)), &self.stamp);
        quote! {
            let mut __obs_place = #private::Place::new();
            let __obs_call = #private::Scope::#begin;
            #stamp
        }
    }

    /// Begins the call now, as a `Call` in the variable `__obs_call`.
    pub(super) fn call(&self, private: &TokenStream) -> TokenStream {
        let (begin, stamp) = (self.begin(&TokenStream::new()), &self.stamp);
        quote!(let __obs_call = #private::Call::#begin; #stamp)
    }

    fn begin(&self, place: &TokenStream) -> TokenStream {
        let Start { parent, is_lazy, values, metrics, plain, messages, stamp: _ } = self;
        match plain.as_deref() {
            Some([]) => quote!(begin(#place &__OBS_CALLSITE)),
            Some(fields) => {
                quote!(begin_naming(#place &__OBS_CALLSITE, &[#(::core::option::Option::Some(#fields)),*]))
            }
            None if *is_lazy => {
                quote!(begin_among(#place &__OBS_CALLSITE, #parent, #values, #metrics) #messages)
            }
            None => quote!(begin_with(#place &__OBS_CALLSITE, #parent, #values, #metrics)),
        }
    }
}

impl SpanPiece {
    /// The expression that evaluates its `Relatives`.
    pub(super) fn relatives(&self, private: &TokenStream) -> TokenStream {
        let SpanPiece { parent, relatives, .. } = self;
        let parent = parent.clone().unwrap_or_else(|| quote!(#private::Parent::Current));
        quote!(#private::Relatives::under(#parent) #(#relatives)*)
    }
}
