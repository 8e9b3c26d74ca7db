//! The test that will be run, and every reason not to.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Error, FnArg, Path, Result, Type};

use crate::diag::Errors;
use crate::syntax::{Args, Function};

/// A test.
pub(super) struct Model {
    pub(super) krate: Path,
    /// Where the argument stands, if there is one.
    pub(super) telemetry: Option<Span>,
    pub(super) is_async: bool,
    /// Whether another attribute, still to be expanded, makes it a test.
    pub(super) is_test: bool,
}

impl Model {
    pub(super) fn new(args: &Args, function: &Function) -> Result<Self> {
        let mut errors = Errors::default();
        function.refuse_what_callers_choose("test", &mut errors);
        let model = Model {
            krate: args.krate_or_default(),
            telemetry: errors.take(telemetry(function)).flatten(),
            is_async: function.sig.asyncness.is_some(),
            is_test: function.attrs.iter().any(|attr| is_test(attr.path())),
        };
        errors.finish(model)
    }
}

/// Tells whether an attribute makes a test, whatever of: `#[test]`, `#[tokio::test]`.
fn is_test(path: &Path) -> bool {
    path.segments.last().is_some_and(|last| last.ident == "test")
}

/// Returns where the telemetry is asked for.
fn telemetry(function: &Function) -> Result<Option<Span>> {
    let mut errors = Errors::default();
    for (at, arg) in function.sig.inputs.iter().enumerate() {
        match arg {
            FnArg::Receiver(receiver) => {
                let message = "nobody has a `self` for a test; move it to a free function";
                errors.push(Error::new(receiver.self_token.span, message));
            }
            FnArg::Typed(arg) if at > 0 => {
                errors.push(Error::new(
                    arg.ty.span(),
                    "a test takes its telemetry alone; remove this argument",
                ));
            }
            FnArg::Typed(arg) => match &*arg.ty {
                Type::Reference(reference) if reference.mutability.is_none() => {}
                other => {
                    let message =
                        "a test sees its telemetry and does not own it; write `&obs::testing::Telemetry`";
                    errors.push(Error::new(other.span(), message));
                }
            },
        }
    }
    let first = function.sig.inputs.first();
    errors.finish(first.map(|arg| match arg {
        FnArg::Typed(arg) => arg.ty.span(),
        FnArg::Receiver(receiver) => receiver.span(),
    }))
}
