//! An annotated function: one static, one guard, and the body inside it.

use proc_macro2::{Group, Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Path;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::ending::Ending;
use super::off;
use super::output::Output;
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

/// Rebuilds the function.
pub(crate) fn rebuild(function: &Function, pieces: &Pieces) -> TokenStream {
    if cfg!(feature = "off") {
        return off::rebuild(function, pieces);
    }
    let krate = &pieces.krate;
    let private = quote!(#krate::__private);
    let (callsite, start) = (callsite(function, pieces, &private), start(pieces, &private));
    let drive = drive(function, &pieces.ending, &private);
    let Function { attrs, vis, sig, inner_attrs, body } = function;
    let mut block = Group::new(body.delimiter(), quote!(#(#inner_attrs)* #callsite #start #drive));
    block.set_span(body.span());
    quote!(#(#attrs)* #vis #sig #block)
}

/// The descriptor and its catalog entry.
fn callsite(function: &Function, pieces: &Pieces, private: &TokenStream) -> TokenStream {
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

/// The guard, made at entry.
fn start(pieces: &Pieces, private: &TokenStream) -> TokenStream {
    let metrics = &pieces.metrics;
    let span = pieces.span.as_ref().map_or_else(
        || quote!(#private::Span::none()),
        |span| {
            let (parent, relatives, values) = (&span.parent, &span.relatives, &span.field_values);
            let (make, parent) = if span.is_lazy {
                (quote!(span_among), quote!(&mut || #private::Relatives::under(#parent) #(#relatives)*))
            } else {
                (quote!(span), parent.clone())
            };
            quote! {
                #private::#make(&__OBS_CALLSITE, #parent, &mut |__obs_values| {
                    __obs_values(&[#(::core::option::Option::Some(#values)),*]);
                })
            }
        },
    );
    let stamp = pieces
        .span
        .as_ref()
        .and_then(|span| span.stamp.as_ref())
        .map(|envelope| quote_spanned!(envelope.span()=> __obs_call.stamp(#envelope);));
    // Labels first: one that panics must not leave a span behind that says nothing.
    let (labels, metrics) = if metrics.is_empty() {
        (None, quote!([]))
    } else {
        (Some(quote!(let __obs_metrics = [#(#metrics),*];)), quote!(__obs_metrics))
    };
    quote! {
        #labels
        let mut __obs_call = #private::Call::start(&__OBS_CALLSITE, #span, #metrics);
        #stamp
    }
}

/// The body inside the guard, and the verdict.
fn drive(function: &Function, ending: &Ending, private: &TokenStream) -> TokenStream {
    let body = &function.body;
    let is_async = function.sig.asyncness.is_some();
    let output = match Output::of(&function.sig.output) {
        Output::Type(output) => output,
        Output::Never if is_async => {
            let body = ending.watch_future(quote!(async move #body), private);
            return quote! {
                __obs_call.drive(#body).await;
                #[allow(unreachable_code, clippy::empty_loop)]
                loop {}
            };
        }
        Output::Never => {
            let body = ending.watch_closure(quote!(move || -> ! #body), private);
            return quote!(__obs_call.run(#body));
        }
    };
    let driven = if is_async {
        let edge = return_edge(&output);
        // Spliced: braces around a body of one line would be linted.
        let body = body.stream();
        let body = ending.watch_future(quote!(async move { #edge #body }), private);
        quote!(__obs_call.drive(#body).await)
    } else {
        let body = ending.watch_closure(quote!(move || -> #output #body), private);
        quote!(__obs_call.run(#body))
    };
    let finish = ending.finish(private);
    quote! {
        #[allow(clippy::let_unit_value)]
        let __obs_return = #driven;
        #finish
        __obs_return
    }
}

/// A return that never happens: tells inference the type of an async block, which cannot be written.
fn return_edge(output: &syn::Type) -> TokenStream {
    quote_spanned! {output.span()=>
        #[allow(
            unknown_lints,
            unreachable_code,
            clippy::diverging_sub_expression,
            clippy::empty_loop,
            clippy::let_unit_value,
            clippy::let_with_type_underscore,
            clippy::needless_return
        )]
        if false {
            let __obs_never: #output = loop {};
            return __obs_never;
        }
    }
}
