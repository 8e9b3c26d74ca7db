//! The macros of `obs`: use them through the `obs` crate, which documents each of them.

mod codegen;
mod counted;
mod derive;
mod diag;
mod fuse;
#[cfg(test)]
mod golden;
mod health_check;
mod metrics;
mod observed;
mod pipeline;
mod syntax;
mod timed;
mod traced;

use proc_macro::TokenStream;

#[allow(missing_docs)] // documented in `obs`, where the examples can run
#[proc_macro_attribute]
pub fn traced(attr: TokenStream, item: TokenStream) -> TokenStream {
    traced::run(attr.into(), item.into()).into()
}

#[allow(missing_docs)] // documented in `obs`, where the examples can run
#[proc_macro_attribute]
pub fn counted(attr: TokenStream, item: TokenStream) -> TokenStream {
    counted::run(attr.into(), item.into()).into()
}

#[allow(missing_docs)] // documented in `obs`, where the examples can run
#[proc_macro_attribute]
pub fn timed(attr: TokenStream, item: TokenStream) -> TokenStream {
    timed::run(attr.into(), item.into()).into()
}

#[allow(missing_docs)] // documented in `obs`, where the examples can run
#[proc_macro_attribute]
pub fn observed(attr: TokenStream, item: TokenStream) -> TokenStream {
    observed::run(attr.into(), item.into()).into()
}

#[allow(missing_docs)] // documented in `obs`, where the examples can run
#[proc_macro_attribute]
pub fn health_check(attr: TokenStream, item: TokenStream) -> TokenStream {
    health_check::run(attr.into(), item.into()).into()
}

/// The macro behind `obs::metrics!`, which documents it.
#[proc_macro]
pub fn metrics(input: TokenStream) -> TokenStream {
    metrics::run(input.into()).into()
}

/// The macro behind `#[derive(obs::Label)]`, which documents it.
#[proc_macro_derive(Label, attributes(label))]
pub fn derive_label(input: TokenStream) -> TokenStream {
    derive::label::run(input.into()).into()
}

/// The macro behind `#[derive(obs::Envelope)]`, which documents it.
#[proc_macro_derive(Envelope, attributes(envelope))]
pub fn derive_envelope(input: TokenStream) -> TokenStream {
    derive::envelope::run(input.into()).into()
}
