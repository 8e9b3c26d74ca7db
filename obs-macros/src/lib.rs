//! The macros of `obs`: use them through the `obs` crate, which documents each of them.

mod block;
mod codegen;
mod counted;
mod derive;
mod diag;
mod fuse;
mod future;
#[cfg(test)]
mod golden;
mod health_check;
mod health_checks;
mod judged;
mod metrics;
mod observed;
mod pipeline;
mod skip;
mod syntax;
mod test;
mod timed;
mod traced;

use proc_macro::TokenStream;

use fuse::Kind;

#[allow(missing_docs)] // documented in `obs`, where the examples can run
#[proc_macro_attribute]
pub fn traced(attr: TokenStream, item: TokenStream) -> TokenStream {
    fuse::run(Kind::Traced, attr.into(), item.into()).into()
}

#[allow(missing_docs)] // documented in `obs`, where the examples can run
#[proc_macro_attribute]
pub fn counted(attr: TokenStream, item: TokenStream) -> TokenStream {
    fuse::run(Kind::Counted, attr.into(), item.into()).into()
}

#[allow(missing_docs)] // documented in `obs`, where the examples can run
#[proc_macro_attribute]
pub fn timed(attr: TokenStream, item: TokenStream) -> TokenStream {
    fuse::run(Kind::Timed, attr.into(), item.into()).into()
}

#[allow(missing_docs)] // documented in `obs`, where the examples can run
#[proc_macro_attribute]
pub fn observed(attr: TokenStream, item: TokenStream) -> TokenStream {
    fuse::run(Kind::Observed, attr.into(), item.into()).into()
}

#[allow(missing_docs)] // documented in `obs`, where the examples can run
#[proc_macro_attribute]
pub fn skip(attr: TokenStream, item: TokenStream) -> TokenStream {
    skip::run(attr.into(), item.into()).into()
}

#[allow(missing_docs)] // documented in `obs`, where the examples can run
#[proc_macro_attribute]
pub fn health_check(attr: TokenStream, item: TokenStream) -> TokenStream {
    health_check::run(attr.into(), item.into()).into()
}

#[allow(missing_docs)] // documented in `obs`, where the examples can run
#[proc_macro_attribute]
pub fn health_checks(attr: TokenStream, item: TokenStream) -> TokenStream {
    health_checks::run(attr.into(), item.into()).into()
}

#[allow(missing_docs)] // documented in `obs`, where the examples can run
#[proc_macro_attribute]
pub fn test(attr: TokenStream, item: TokenStream) -> TokenStream {
    test::run(attr.into(), item.into()).into()
}

#[allow(missing_docs)] // documented in `obs`, where the examples can run
#[proc_macro]
pub fn metrics(input: TokenStream) -> TokenStream {
    metrics::run(input.into()).into()
}

#[allow(missing_docs)] // documented in `obs`, where the examples can run
#[proc_macro]
pub fn registry(input: TokenStream) -> TokenStream {
    metrics::registry(input.into()).into()
}

#[allow(missing_docs)] // documented in `obs`, where the examples can run
#[proc_macro_derive(Label, attributes(label))]
pub fn derive_label(input: TokenStream) -> TokenStream {
    derive::label::run(input.into()).into()
}

#[allow(missing_docs)] // documented in `obs`, where the examples can run
#[proc_macro_derive(ErrorType, attributes(error_type))]
pub fn derive_error_type(input: TokenStream) -> TokenStream {
    derive::error_type::run(input.into()).into()
}

#[allow(missing_docs)] // documented in `obs`, where the examples can run
#[proc_macro_derive(Envelope, attributes(envelope))]
pub fn derive_envelope(input: TokenStream) -> TokenStream {
    derive::envelope::run(input.into()).into()
}
