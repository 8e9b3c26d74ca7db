//! What an annotated function adds up to: its static, and how its call begins.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Path;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::ending::Ending;
use crate::syntax::{Function, first_paragraph};

/// What the annotations of one function add up to.
pub(crate) struct Pieces {
    /// The path of the crate.
    pub(crate) krate: Path,
    /// `Type::method`, where the type is known.
    pub(crate) label: Option<String>,
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
    pub(crate) name: Option<TokenStream>,
    pub(crate) target: Option<TokenStream>,
    pub(crate) level: TokenStream,
    pub(crate) kind: TokenStream,
    pub(crate) parent: TokenStream,
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
    /// The message that is given the span's context.
    pub(crate) stamp: Option<TokenStream>,
}

impl Pieces {
    /// Begins with nothing.
    pub(crate) fn new(krate: Path) -> Self {
        Pieces {
            krate,
            label: None,
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

/// The descriptor and its catalog entry.
pub(super) fn callsite(function: &Function, pieces: &Pieces, private: &TokenStream) -> TokenStream {
    let site = site(function, pieces, private);
    let field_names = pieces.span.as_ref().map_or(&[][..], |s| &s.field_names);
    let statics = &pieces.ending.statics;
    quote! {
        fn __obs_path() -> &'static ::core::primitive::str {
            #private::type_name_of_val(&__obs_path)
        }
        static __OBS_CALLSITE: #private::Callsite = #private::Callsite::new(
            #site,
            #private::fields(&[#(#field_names),*], &__OBS_CALLSITE),
        );
        #[#private::linkme::distributed_slice(#private::CATALOG)]
        #[linkme(crate = #private::linkme)]
        static __OBS_ENTRY: #private::Entry = #private::Entry::Function(&__OBS_CALLSITE);
        #(#statics)*
    }
}

/// What is known of the function.
fn site(function: &Function, pieces: &Pieces, private: &TokenStream) -> TokenStream {
    let ident = &function.sig.ident;
    let span = pieces.span.as_ref();
    let name = span.and_then(|s| s.name.clone());
    let name = name.unwrap_or_else(|| {
        pieces.label.clone().unwrap_or_else(|| ident.unraw().to_string()).into_token_stream()
    });
    let label = match &pieces.label {
        Some(label) => quote!(::core::option::Option::Some(#label)),
        None => quote!(::core::option::Option::None),
    };
    let target = span.and_then(|s| s.target.clone());
    let target = target.unwrap_or_else(|| quote!(::core::module_path!()));
    let level = span.map_or_else(|| quote!(#private::Level::INFO), |s| s.level.clone());
    let kind = span.map_or_else(|| quote!(#private::SpanKind::Internal), |s| s.kind.clone());
    let constants = span.map_or(&[][..], |s| &s.constants);
    let sample = match span.and_then(|s| s.sample) {
        Some(share) => quote!(::core::option::Option::Some(#share)),
        None => quote!(::core::option::Option::None),
    };
    let doc = first_paragraph(&function.attrs);
    let signals = signals(&pieces.signals, private);
    let line = quote_spanned!(ident.span()=> ::core::line!());
    quote! {
        #private::Site {
            name: #name,
            path: __obs_path,
            function: #label,
            module: ::core::module_path!(),
            target: #target,
            file: ::core::file!(),
            line: #line,
            doc: #doc,
            level: #level,
            kind: #kind,
            signals: #signals,
            constants: &[#(#constants),*],
            sample: #sample,
        }
    }
}

fn signals(names: &[Ident], private: &TokenStream) -> TokenStream {
    match names.split_first() {
        Some((first, rest)) => quote!(#private::Signals::#first #(.and(#private::Signals::#rest))*),
        None => quote!(#private::Signals::NONE),
    }
}

/// The parts of a call's beginning: the span's parent, what evaluates its fields, and its metrics.
pub(super) struct Start {
    /// A `Parent`, or what evaluates its `Relatives`.
    pub(super) parent: TokenStream,
    pub(super) is_lazy: bool,
    pub(super) values: TokenStream,
    /// The metrics whose labels are evaluated; `None` where that panics.
    pub(super) metrics: TokenStream,
    /// The statement that writes the span's context into a message.
    pub(super) stamp: Option<TokenStream>,
}

impl Start {
    pub(super) fn new(pieces: &Pieces, private: &TokenStream) -> Self {
        let span = pieces.span.as_ref();
        let values = span.map_or(&[][..], |span| &span.field_values);
        let metrics = &pieces.metrics;
        let stamp = span.and_then(|span| span.stamp.as_ref());
        Start {
            is_lazy: span.is_some_and(|span| span.is_lazy),
            parent: span.map_or_else(|| quote!(#private::Parent::Current), |span| parent(span, private)),
            values: quote! {
                &mut |__obs_values| {
                    __obs_values(&[#(::core::option::Option::Some(#values)),*]);
                }
            },
            metrics: quote!([#(#private::guarded(|| #metrics)),*]),
            stamp: stamp.map(|envelope| quote_spanned!(envelope.span()=> __obs_call.stamp(#envelope);)),
        }
    }
}

fn parent(span: &SpanPiece, private: &TokenStream) -> TokenStream {
    let SpanPiece { parent, relatives, is_lazy, .. } = span;
    if *is_lazy { quote!(&mut || #private::Relatives::under(#parent) #(#relatives)*) } else { parent.clone() }
}
