//! What may be written on a block: what holds for all of its functions.

use proc_macro2::Ident;
use syn::{Error, Result, parse_quote};

use crate::diag::Errors;
use crate::fuse::{Kind, Model, Stack};
use crate::syntax::{Args, Function};

/// Options that mean something for many functions.
const SHARED: &[&str] = &[
    "level",
    "target",
    "kind",
    "server",
    "client",
    "producer",
    "consumer",
    "internal",
    "root",
    "sample",
    "slow",
    "skip_all",
    "in_flight",
    "crate",
];

/// Refuses options that speak of one function, and combinations that no function could have; each once, not once for
/// every function of the block.
pub(super) fn check(stack: &Stack) -> Result<()> {
    let mut errors = Errors::default();
    for (kind, args) in &stack.0 {
        for key in args.keys().filter(|key| !SHARED.iter().any(|shared| key == shared)) {
            errors.push(refuse(*kind, args, key));
        }
    }
    errors.finish(())?;
    let any = Function::bare(parse_quote!(fn any()));
    Model::new(stack, &any).map(|_| ())
}

fn refuse(kind: Kind, args: &Args, key: &Ident) -> Error {
    let macro_name = kind.name();
    if !args.is_option(key) {
        if args.get("metric").is_none() && args.resembles_option(key) {
            return args.unknown(key);
        }
        let message = format!(
            "label `{key}` is taken from one function's arguments, and a block has many functions; \
             write `#[{macro_name}(metric = ..., {key} = ...)]` on the function"
        );
        return Error::new(key.span(), message);
    }
    let reason = match key.to_string().as_str() {
        "name" => "would name all functions of the block alike",
        "fields" => "are taken from one function's arguments, and a block has many functions",
        "metric" => "would take all functions of the block for one",
        _ => "speaks of one function, and a block has many",
    };
    let message = format!("`{key}` {reason}; write it in a `#[{macro_name}(...)]` on the function");
    Error::new(key.span(), message)
}
