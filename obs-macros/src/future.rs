//! `future = boxed`, and what only a call can have that begins when the function is called.

use syn::{Error, Result};

use crate::codegen::Shape;
use crate::diag::Errors;
use crate::syntax::{Args, Function, Opt, Shape as Value};

/// Accepted by every attribute that makes a call.
pub(crate) const OPTION: Opt = Opt {
    key: "future",
    shape: Value::OneOf(&["boxed"]),
    doc: "the return type is another name for `Pin<Box<dyn Future>>`",
};

/// Reads the option off one of a function's attributes; refuses what its shape cannot have.
pub(crate) fn read<'a>(stack: impl Iterator<Item = &'a Args> + Clone, function: &Function) -> Result<bool> {
    let mut errors = Errors::default();
    let said = stack.clone().find_map(|args| args.get(OPTION.key));
    let shape = Shape::of(&function.sig, said.is_some());
    if let Some(arg) = said
        && matches!(shape, Shape::Async | Shape::Sync)
    {
        let message = "`future = boxed` is for a function that returns a boxed future; remove it";
        errors.push(Error::new(arg.key.span(), message));
    }
    if shape.is_deferred() {
        for args in stack {
            errors.take(refuse_stamp(args));
        }
    }
    errors.finish(said.is_some())
}

/// Refuses a message that must be written to when the future already owns it.
fn refuse_stamp(args: &Args) -> Result<()> {
    let is_said = |kind| {
        let named = args.get("kind").map(|arg| &arg.value);
        args.flag(kind).is_some() || matches!(named, Some(crate::syntax::Value::OneOf(word)) if word == kind)
    };
    match args.get("envelope").filter(|_| is_said("producer") || is_said("client")) {
        Some(arg) => Err(Error::new(
            arg.key.span(),
            "the message moves into the future before the future's span begins, and cannot be given its context; write `async fn`",
        )),
        None => Ok(()),
    }
}
