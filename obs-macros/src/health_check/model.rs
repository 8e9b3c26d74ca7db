//! The check that will be registered, and every reason not to.

use std::time::Duration;

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Error, Expr, ExprLit, FnArg, Lit, LitStr, Path, Result, Type};

use super::args::KINDS;
use super::owner::{self, Owner};
use crate::diag::Errors;
use crate::syntax::{Args, Function, Value, default_crate};

const INTERVAL: Duration = Duration::from_secs(10);
const TIMEOUT: Duration = Duration::from_secs(1);

/// A health check.
pub(crate) struct Model {
    pub(super) krate: Path,
    /// Whose method it is.
    pub(super) owner: Option<Owner>,
    /// Whether it takes `&self`.
    pub(super) takes_self: bool,
    pub(crate) name: String,
    /// Where the name comes from.
    pub(crate) name_at: Span,
    pub(super) kind: Kind,
    pub(super) critical: bool,
    pub(super) interval: Duration,
    pub(super) timeout: Duration,
    pub(super) failures: u32,
    pub(super) successes: u32,
    pub(super) initial_delay: Duration,
    /// Empty for none.
    pub(super) group: String,
    pub(super) tags: Vec<String>,
    /// The types of the function's arguments, without `self`.
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
    /// Makes the check of a function, or of the `owner`'s method.
    pub(crate) fn new(args: &Args, function: &Function, owner: Option<&Owner>) -> Result<Self> {
        let mut errors = Errors::default();
        function.refuse_what_callers_choose("health check", &mut errors);
        let count = |key, default| match args.get(key).map(|arg| &arg.value) {
            Some(Value::Count(count)) => *count,
            _ => default,
        };
        let (name, name_at) = errors
            .take(name(args, &function.sig.ident))
            .unwrap_or_else(|| (String::new(), function.sig.ident.span()));
        errors.take(owner::check_receiver(function, owner.is_some()));
        let krate = args.krate().or_else(|| owner.and_then(|owner| owner.krate.as_ref()));
        let model = Model {
            krate: krate.cloned().unwrap_or_else(default_crate),
            owner: owner.cloned(),
            takes_self: function.sig.receiver().is_some(),
            name,
            name_at,
            kind: errors.take(kind(args)).unwrap_or_default(),
            critical: args.flag("critical").is_some(),
            interval: duration(args, "interval").map_or(INTERVAL, |(d, _)| d),
            timeout: duration(args, "timeout").map_or(TIMEOUT, |(d, _)| d),
            failures: count("failures", 3),
            successes: count("successes", 1),
            initial_delay: duration(args, "initial_delay").map_or(Duration::ZERO, |(d, _)| d),
            group: errors.take(group(args)).unwrap_or_default(),
            tags: errors.take(tags(args)).unwrap_or_default(),
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
fn name(args: &Args, function: &Ident) -> Result<(String, Span)> {
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
    let is_spelled = !name.is_empty() && name.chars().all(allowed);
    if is_spelled && begins_well(&name) {
        return Ok((name, span));
    }
    let better = better(&name.to_lowercase(), allowed, "database");
    let rule = if is_spelled { BEGINS } else { "consists of `a-z`, `0-9`, `_`, `.` and `-`" };
    let message = format!("`{name}` is not a name for a check, which {rule}; write `name = \"{better}\"`");
    Err(Error::new(span, message))
}

/// The characters that a name, a group and a tag may have.
const LONGEST: usize = 100;

const BEGINS: &str = "begins with a letter or a digit, and has at most 100 characters";

/// Names stand in URLs, where `.` and `..` are none.
fn begins_well(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.len() <= LONGEST
}

/// Returns what may be meant.
fn better(text: &str, allowed: impl Fn(char) -> bool, instead: &str) -> String {
    let spelled: String = text.chars().map(|c| if allowed(c) { c } else { '-' }).collect();
    let begun = spelled.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
    let better: String = begun.chars().take(LONGEST).collect();
    if better.is_empty() { instead.to_owned() } else { better }
}

/// What one may ask by appears in queries of URLs.
fn check_word(what: &str, text: &LitStr, write: impl FnOnce(&str) -> String) -> Result<String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_.-/".contains(c);
    let word = text.value();
    let is_spelled = !word.is_empty() && word.chars().all(allowed);
    if is_spelled && begins_well(&word) {
        return Ok(word);
    }
    let better = better(&word, allowed, if what == "tag" { "external" } else { "storage" });
    let rule = if is_spelled { BEGINS } else { "consists of letters, digits, `_`, `.`, `-` and `/`" };
    let message = format!("`{word}` is not a {what}, which {rule}; write `{}`", write(&better));
    Err(Error::new(text.span(), message))
}

fn group(args: &Args) -> Result<String> {
    match args.get("group").map(|arg| &arg.value) {
        Some(Value::Text(Expr::Lit(ExprLit { lit: Lit::Str(text), .. }))) => {
            check_word("group", text, |better| format!("group = \"{better}\""))
        }
        Some(Value::Text(other)) => {
            let message =
                "the group of a check must be known here; write it as a string, as in `group = \"storage\"`";
            Err(Error::new(other.span(), message))
        }
        _ => Ok(String::new()),
    }
}

fn tags(args: &Args) -> Result<Vec<String>> {
    let Some(Value::Words(words)) = args.get("tags").map(|arg| &arg.value) else {
        return Ok(Vec::new());
    };
    let mut errors = Errors::default();
    let tags = words
        .iter()
        .filter_map(|word| errors.take(check_word("tag", word, |better| format!("\"{better}\""))));
    let tags = tags.collect();
    errors.finish(tags)
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
            FnArg::Receiver(_) => {}
            FnArg::Typed(arg) if matches!(*arg.ty, Type::ImplTrait(_)) => errors.push(Error::new(
                arg.ty.span(),
                "nobody chooses the type of this argument; write `obs::State<T>` with the type that is provided",
            )),
            FnArg::Typed(arg) => states.push((*arg.ty).clone()),
        }
    }
    errors.finish(states)
}
