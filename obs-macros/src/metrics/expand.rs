//! The tokens of declared metrics.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, Type};

use super::model::{Kind, Label, Metric, Model, Values};
use super::{info, registry};
use crate::codegen::at;

/// Emits a static and a label struct for each metric.
pub(super) fn expand(model: &Model) -> TokenStream {
    let krate = &model.krate;
    let p = quote!(#krate::__private);
    let metrics = model.metrics.iter().map(|metric| {
        let (declared, registered) = (declare(metric, &p), registry::entry(metric));
        quote!(#declared #registered)
    });
    let schema = &model.schema;
    quote!(#schema #(#metrics)*)
}

/// Emits everything about one metric.
pub(super) fn declare(metric: &Metric, p: &TokenStream) -> TokenStream {
    let (value, labels, dictionaries) = (value(metric, p), labels(metric, p), dictionaries(metric, p));
    let (set, entry) = (label_set(metric, p), entry(metric, p));
    quote!(#value #labels #dictionaries #set #entry)
}

/// The static that is updated.
fn value(metric: &Metric, p: &TokenStream) -> TokenStream {
    let Metric { attrs, help, vis, ident, name, unit, buckets, .. } = metric;
    let kind = Ident::new(metric.kind.type_name(), ident.span());
    // With the user's span, `line!` is the line of the name and not that of the macro.
    let place = quote_spanned!(name.span()=> file: ::core::file!(), line: ::core::line!());
    quote! {
        #(#attrs)*
        #vis static #ident: #p::#kind<#ident> = #p::#kind::new(#p::Declared {
            name: #name,
            help: #help,
            unit: #unit,
            buckets: &[#(#buckets),*],
            #place
        });
    }
}

/// The struct of the same name whose fields are the labels.
fn labels(metric: &Metric, p: &TokenStream) -> TokenStream {
    let Metric { vis, ident: metric_ident, labels, .. } = metric;
    let cfg = cfg(&metric.attrs);
    let doc = format!("The labels of the metric `{}`.", metric.name.value());
    let fields = labels.iter().enumerate().filter_map(|(at, label)| {
        let (attrs, ident) = (&label.attrs, &label.ident);
        let ty = match &label.values {
            Values::Of(ty) | Values::Fact(ty) => ty.to_token_stream(),
            Values::Dynamic(_) => quote!(#p::DynamicLabel),
            Values::Given(_) => quote!(#p::TextLabel<#metric_ident, #at>),
            Values::Constant(_) | Values::Known(_) => return None,
        };
        let doc = format!("The label `{}`.", ident.unraw());
        let doc = attrs.is_empty().then(|| quote!(#[doc = #doc]));
        Some(quote!(#doc #(#attrs)* #vis #ident: #ty))
    });
    // The name's span is where errors about the labels are shown.
    let structure = quote_spanned!(metric_ident.span()=> struct #metric_ident { #(#fields),* });
    quote! {
        #(#cfg)*
        #[doc = #doc]
        #[allow(
            dead_code, // a metric may be declared and not used yet
            missing_copy_implementations,
            missing_debug_implementations,
            non_camel_case_types,
            private_interfaces, // a label type needs no wider visibility than the code that names its values
            clippy::upper_case_acronyms
        )]
        #vis #structure
    }
}

/// How the labels fold to the number of a series.
fn label_set(metric: &Metric, p: &TokenStream) -> TokenStream {
    let (ident, outcome) = (&metric.ident, metric.outcome);
    let cfg = cfg(&metric.attrs);
    let keys = metric.labels.iter().map(|l| l.ident.unraw().to_string());
    let values = metric.labels.iter().map(|label| match &label.values {
        Values::Of(ty) => {
            let values = values(ty, p);
            quote!(#p::LabelValues::Fixed(#values))
        }
        Values::Constant(text) => quote!(#p::LabelValues::Fixed(&[#text])),
        Values::Dynamic(max) | Values::Given(max) => {
            let dictionary = dictionary(&label.ident);
            quote!(#p::LabelValues::Dynamic { met: &#dictionary, max: #max })
        }
        Values::Fact(_) | Values::Known(_) => quote!(#p::LabelValues::Fixed(&[""])),
    });
    let error_names = metric.error_type.as_ref().map(|ty| error_names(ty, p));
    let positions = metric.labels.iter().filter_map(|label| position(label, p));
    let markers = if metric.kind == Kind::Info { info::facts(metric, p) } else { markers(metric, p) };
    let given = given(metric, p);
    quote! {
        #(#cfg)*
        const _: () = {
            #given
            impl #p::LabelSet for #ident {
                const KEYS: &'static [&'static ::core::primitive::str] = &[#(#keys),*];
                const VALUES: &'static [#p::LabelValues] = &[#(#values),*];
                const OUTCOME: ::core::primitive::bool = #outcome;
                #error_names

                #[inline]
                fn index(self) -> ::core::primitive::usize {
                    #p::series_index(&[#(#positions),*])
                }
            }
            #markers
        };
    }
}

/// The names of the label `error_type`.
fn error_names(ty: &Type, p: &TokenStream) -> TokenStream {
    let p = at(p, ty.span());
    quote_spanned! {ty.span()=>
        const ERROR_NAMES: ::core::option::Option<&'static [&'static ::core::primitive::str]> =
            ::core::option::Option::Some(<#ty as #p::ErrorLabel>::NAMES);
    }
}

/// The check of those that are listed by hand, which is an error at the label's type.
fn error_names_check(ty: &Type, p: &TokenStream) -> TokenStream {
    let p = at(p, ty.span());
    let message = "the `NAMES` of this error are no labels: one of them is empty, there twice, or `_OTHER`, which is \
                   every name that is not listed; remove it";
    quote_spanned! {ty.span()=>
        const _: () = ::core::assert!(#p::are_labels(<#ty as #p::ErrorLabel>::NAMES), #message);
    }
}

/// Where a label's value stands among how many; `None` where there is only one.
fn position(label: &Label, p: &TokenStream) -> Option<TokenStream> {
    let ident = &label.ident;
    match &label.values {
        Values::Of(ty) => {
            let (values, p) = (values(ty, p), at(p, ty.span()));
            let index = quote_spanned!(ty.span()=> <#ty as #p::LabelValue>::index);
            Some(quote!((#index(self.#ident), #values.len())))
        }
        Values::Dynamic(_) | Values::Given(_) => {
            let dictionary = dictionary(ident);
            Some(quote!((self.#ident.index(), #dictionary.numbers())))
        }
        Values::Constant(_) | Values::Fact(_) | Values::Known(_) => None,
    }
}

/// The statics that hold the values which are only known at run time, where the attribute looks them up.
fn dictionaries(metric: &Metric, p: &TokenStream) -> TokenStream {
    let all = metric.labels.iter().filter_map(|label| {
        let Values::Dynamic(max) = label.values else { return None };
        Some(new_dictionary(metric, &label.ident, max, p))
    });
    quote!(#(#all)*)
}

fn new_dictionary(metric: &Metric, label: &Ident, max: usize, p: &TokenStream) -> TokenStream {
    let (name, dictionary, key) = (&metric.name, dictionary(label), label.unraw().to_string());
    quote!(static #dictionary: #p::Dictionary = #p::Dictionary::new(#name, #key, #max);)
}

/// The same where who counts looks them up: by a function of the label struct, called as the label.
fn given(metric: &Metric, p: &TokenStream) -> TokenStream {
    let Metric { vis, ident, labels, .. } = metric;
    let all = labels.iter().enumerate().filter_map(|(at, label)| {
        let Values::Given(max) = label.values else { return None };
        let (key, of) = (&label.ident, dictionary(&label.ident));
        let dictionary = new_dictionary(metric, key, max, p);
        let doc = format!(
            "Returns a value of the label `{}`; after {max} others, the one they share.",
            key.unraw()
        );
        // Who gives it something else is led to the label.
        let function = quote_spanned! {key.span()=>
            fn #key(value: impl ::core::fmt::Display) -> #p::TextLabel<#ident, #at> {
                #of.number_shown(&value)
            }
        };
        Some(quote! {
            #dictionary
            impl #ident {
                #[doc = #doc]
                #[allow(dead_code, clippy::needless_pass_by_value)] // a metric may be declared and not used yet
                #[must_use]
                #vis #function
            }
        })
    });
    quote!(#(#all)*)
}

/// The static that holds the values of a label.
pub(super) fn dictionary(label: &Ident) -> Ident {
    format_ident!("__OBS_VALUES_{}", label.unraw().to_string().to_uppercase())
}

fn values(ty: &Type, p: &TokenStream) -> TokenStream {
    let p = at(p, ty.span());
    quote_spanned!(ty.span()=> <#ty as #p::LabelValue>::VALUES)
}

/// Which methods the metric has.
fn markers(metric: &Metric, p: &TokenStream) -> TokenStream {
    let ident = &metric.ident;
    let (p, span) = (&at(p, ident.span()), ident.span());
    // That a counter is no histogram is said by its type alone.
    let in_seconds = metric.kind != Kind::Histogram || metric.unit == "seconds";
    let seconds = in_seconds.then(|| quote_spanned!(span=> impl #p::Seconds for #ident {}));
    let typed = metric.error_type.as_ref().map(|ty| {
        let check = error_names_check(ty, p);
        quote_spanned!(span=> impl #p::ErrorTyped for #ident {} #check)
    });
    if !metric.outcome {
        let unlabelled = metric
            .labels
            .is_empty()
            .then(|| quote_spanned!(span=> impl #p::Unlabelled for #ident { const ONLY: Self = #ident {}; }));
        return quote_spanned!(span=> #seconds impl #p::Plain for #ident {} #unlabelled #typed);
    }
    let is_outcome = metric.outcome_type.as_ref().map(
        |ty| quote_spanned!(ty.span()=> const _: fn(#ty) -> #p::Outcome = |__obs_outcome| __obs_outcome;),
    );
    quote_spanned!(span=> #seconds impl #p::Judged for #ident {} #is_outcome #typed)
}

/// The place in the catalog, and the check of the budget, which is an error at the metric's name.
fn entry(metric: &Metric, p: &TokenStream) -> TokenStream {
    let Metric { ident, name, max_series, .. } = metric;
    let cfg = cfg(&metric.attrs);
    let message = format!(
        "metric `{}` has more than {max_series} series; remove a label, or allow them: `max_series = ..`",
        name.value()
    );
    let budget = quote_spanned! {name.span()=>
        const _: () = ::core::assert!(<#ident as #p::LabelSet>::SERIES <= #max_series, #message);
    };
    let listed = if cfg!(feature = "off") {
        // Nobody reads the catalog; a metric without updates is no dead code for all that.
        quote!(const _: fn() = || { let _ = &#ident; };)
    } else {
        quote! {
            const _: () = {
                #p::entry! { Metric, &#ident }
            };
        }
    };
    quote! {
        #(#cfg)*
        #listed
        #(#cfg)*
        #budget
    }
}

/// The conditions that everything about a metric stands under.
pub(super) fn cfg(attrs: &[Attribute]) -> Vec<&Attribute> {
    attrs.iter().filter(|a| a.path().is_ident("cfg")).collect()
}
