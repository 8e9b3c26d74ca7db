//! The check that will be registered, and every reason not to.

use std::time::Duration;

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Error, Expr, ExprLit, FnArg, Lit, Path, Result, Type};

use super::args::KINDS;
use crate::diag::Errors;
use crate::syntax::{Args, Function, Value};

const INTERVAL: Duration = Duration::from_secs(10);
const TIMEOUT: Duration = Duration::from_secs(1);

/// A health check.
pub(super) struct Model {
    pub(super) krate: Path,
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) critical: bool,
    pub(super) interval: Duration,
    pub(super) timeout: Duration,
    pub(super) failures: u32,
    pub(super) successes: u32,
    /// The types of the function's arguments.
    pub(super) states: Vec<Type>,
}

/// Which probe it speaks to.
#[derive(Clone, Copy, Default)]
pub(super) enum Kind {
    Liveness,
    #[default]
    Readiness,
    Startup,
}

impl Model {
    pub(super) fn new(args: &Args, function: &Function) -> Result<Self> {
        let mut errors = Errors::default();
        function.refuse_what_callers_choose("health check", &mut errors);
        let count = |key, default| match args.get(key).map(|arg| &arg.value) {
            Some(Value::Count(count)) => *count,
            _ => default,
        };
        let model = Model {
            krate: args.krate_or_default(),
            name: errors.take(name(args, &function.sig.ident)).unwrap_or_default(),
            kind: errors.take(kind(args)).unwrap_or_default(),
            critical: args.flag("critical").is_some(),
            interval: duration(args, "interval").map_or(INTERVAL, |(d, _)| d),
            timeout: duration(args, "timeout").map_or(TIMEOUT, |(d, _)| d),
            failures: count("failures", 3),
            successes: count("successes", 1),
            states: errors.take(states(function)).unwrap_or_default(),
        };
        errors.take(model.check_timeout(args));
        errors.finish(model)
    }

    /// A run must be over before the next one is due.
    fn check_timeout(&self, args: &Args) -> Result<()> {
        if self.timeout < self.interval {
            return Ok(());
        }
        let given = duration(args, "timeout").or_else(|| duration(args, "interval"));
        let span = given.map_or_else(Span::call_site, |(_, span)| span);
        let (timeout, interval) = (self.timeout, self.interval);
        let default = if duration(args, "timeout").is_none() { ", the default" } else { "" };
        let remedy = match interval.as_millis() / 2 {
            0 => "lengthen `interval`".to_owned(),
            half => format!("write `timeout = \"{half}ms\"`, or a longer `interval`"),
        };
        let message =
            format!("the timeout ({timeout:?}{default}) is not below the interval ({interval:?}); {remedy}");
        Err(Error::new(span, message))
    }
}

fn duration(args: &Args, key: &str) -> Option<(Duration, Span)> {
    match args.get(key)?.value {
        Value::Duration(duration, span) => Some((duration, span)),
        _ => None,
    }
}

/// Names appear in URLs and label values, so their characters are few.
fn name(args: &Args, function: &Ident) -> Result<String> {
    let (name, span) = match args.get("name").map(|arg| &arg.value) {
        Some(Value::Text(Expr::Lit(ExprLit { lit: Lit::Str(text), .. }))) => (text.value(), text.span()),
        Some(Value::Text(other)) => {
            let message =
                "the name of a check must be known here; write it as a string, as in `name = \"database\"`";
            return Err(Error::new(other.span(), message));
        }
        _ => (function.unraw().to_string(), function.span()),
    };
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_.-".contains(c);
    if !name.is_empty() && name.chars().all(allowed) {
        return Ok(name);
    }
    let lower = name.to_lowercase();
    let mut better: String = lower.chars().map(|c| if allowed(c) { c } else { '-' }).collect();
    if better.is_empty() {
        better.push_str("database");
    }
    let message = format!(
        "`{name}` is not a name for a check, which consists of `a-z`, `0-9`, `_`, `.` and `-`; \
         write `name = \"{better}\"`"
    );
    Err(Error::new(span, message))
}

fn kind(args: &Args) -> Result<Kind> {
    let mut said = KINDS.iter().filter_map(|word| Some((*word, args.flag(word)?)));
    let Some((word, _)) = said.next() else {
        return Ok(Kind::default());
    };
    if let Some((other, span)) = said.next() {
        let message =
            format!("a check speaks to one probe, and both `{word}` and `{other}` are given; remove one");
        return Err(Error::new(span, message));
    }
    Ok(match word {
        "liveness" => Kind::Liveness,
        "startup" => Kind::Startup,
        _ => Kind::Readiness,
    })
}

/// Returns the types of the arguments.
fn states(function: &Function) -> Result<Vec<Type>> {
    let mut errors = Errors::default();
    let mut states = Vec::new();
    for arg in &function.sig.inputs {
        match arg {
            FnArg::Receiver(receiver) => errors.push(Error::new(
                receiver.self_token.span,
                "a method cannot be a health check on its own; move it to a free function that takes `obs::State<T>`",
            )),
            FnArg::Typed(arg) if matches!(*arg.ty, Type::ImplTrait(_)) => errors.push(Error::new(
                arg.ty.span(),
                "nobody chooses the type of this argument; write `obs::State<T>` with the type that is provided",
            )),
            FnArg::Typed(arg) => states.push((*arg.ty).clone()),
        }
    }
    errors.finish(states)
}
