//! The span that will be made, and every reason not to.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Error, Expr, Result};

use super::args::KINDS;
use super::relatives::Relatives;
use crate::diag::Errors;
use crate::syntax::{Args, Binding, Field, Function, Level, Place, Reference, Report, Value};

/// The span of an annotated function.
#[derive(Default)]
pub(crate) struct Model {
    pub(crate) name: Option<Expr>,
    pub(crate) target: Option<Expr>,
    pub(crate) level: Option<Level>,
    pub(crate) kind: Kind,
    pub(crate) root: bool,
    pub(crate) envelope: Option<Envelope>,
    pub(crate) destination: Option<Expr>,
    /// The value of `messaging.system`.
    pub(crate) system: Option<Expr>,
    pub(crate) fields: Vec<Field>,
    pub(crate) relatives: Relatives,
    pub(crate) sample: Option<f64>,
    pub(crate) err: Option<Telling>,
    pub(crate) ret: Option<Telling>,
    /// Milliseconds, and where they were written.
    pub(crate) slow: Option<(u64, Span)>,
}

/// An event about what the call returned.
pub(crate) struct Telling {
    pub(crate) report: Report,
    /// Where it was asked for.
    pub(crate) span: Span,
}

/// The role of the span.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Kind {
    Server,
    Client,
    Producer,
    Consumer,
    #[default]
    Internal,
}

/// The message that brings or takes the context.
pub(crate) struct Envelope {
    pub(crate) expr: Expr,
    /// Whether it is itself a reference and must be borrowed again.
    pub(crate) is_reference: bool,
}

impl Model {
    pub(crate) fn new(args: &Args, function: &Function) -> Result<Self> {
        let mut errors = Errors::default();
        let (kind, said) = errors.take(kind(args)).unwrap_or_default();
        let text = |key| match args.get(key).map(|arg| &arg.value) {
            Some(Value::Text(text)) => Some(text.clone()),
            _ => None,
        };
        errors.take(refuse_message_options(args, kind, said));
        errors.take(refuse_two_parents(args, kind));
        let relatives = errors.take(Relatives::read(args, kind)).unwrap_or_default();
        let envelope = errors.take(envelope(args, kind, function)).flatten();
        let model = Model {
            name: text("name"),
            target: text("target"),
            level: match args.get("level").map(|arg| &arg.value) {
                Some(Value::Level(level)) => Some(level.clone()),
                _ => None,
            },
            kind,
            root: args.flag("root").is_some(),
            envelope,
            destination: text("destination"),
            system: text("system"),
            fields: match args.get("fields").map(|arg| &arg.value) {
                Some(Value::Fields(fields)) => fields.clone(),
                _ => Vec::new(),
            },
            relatives,
            sample: match args.get("sample").map(|arg| &arg.value) {
                Some(Value::Ratio(share)) => Some(*share),
                _ => None,
            },
            err: telling(args, "err"),
            ret: telling(args, "ret"),
            slow: slow(args),
        };
        errors.finish(model)
    }
}

impl Kind {
    fn named(word: &str) -> Self {
        match word {
            "server" => Kind::Server,
            "client" => Kind::Client,
            "producer" => Kind::Producer,
            "consumer" => Kind::Consumer,
            _ => Kind::Internal,
        }
    }

    pub(super) fn is_message(self) -> bool {
        matches!(self, Kind::Producer | Kind::Consumer)
    }
}

fn telling(args: &Args, key: &str) -> Option<Telling> {
    let arg = args.get(key)?;
    match &arg.value {
        Value::Report(report) => Some(Telling { report: report.clone(), span: arg.key.span() }),
        _ => None,
    }
}

fn slow(args: &Args) -> Option<(u64, Span)> {
    match &args.get("slow")?.value {
        Value::Duration(limit, span) => Some((u64::try_from(limit.as_millis()).unwrap_or(u64::MAX), *span)),
        _ => None,
    }
}

/// Reads the kind, and whether one was said at all; there is at most one.
fn kind(args: &Args) -> Result<(Kind, bool)> {
    let bare = KINDS.iter().filter_map(|word| Some((*word, args.flag(word)?)));
    let named = args.get("kind").and_then(|arg| match &arg.value {
        Value::OneOf(word) => Some((word.as_str(), arg.key.span())),
        _ => None,
    });
    let mut said: Vec<(&str, Span)> = bare.chain(named).collect();
    let Some((word, _)) = said.pop() else {
        return Ok((Kind::Internal, false));
    };
    match said.pop() {
        Some((other, span)) => Err(Error::new(
            span,
            format!("a span has one kind, and both `{other}` and `{word}` are given; remove one of them"),
        )),
        None => Ok((Kind::named(word), true)),
    }
}

/// Refuses what only a message has.
fn refuse_message_options(args: &Args, kind: Kind, said: bool) -> Result<()> {
    let mut errors = Errors::default();
    for key in ["envelope", "destination", "system"] {
        if let Some(arg) = args.get(key).filter(|_| !kind.is_message()) {
            let remedy = if said { "make the kind" } else { "add" };
            errors.push(Error::new(
                arg.key.span(),
                format!("`{key}` belongs to a message; {remedy} `producer` (it is sent) or `consumer` (it is handled)"),
            ));
        }
    }
    errors.finish(())
}

/// Refuses a root whose parent is the sender of its message.
fn refuse_two_parents(args: &Args, kind: Kind) -> Result<()> {
    match (args.flag("root"), args.get("envelope")) {
        (Some(span), Some(_)) if kind == Kind::Consumer => Err(Error::new(
            span,
            "`root` starts a trace and `envelope` continues the sender's; remove one of them",
        )),
        _ => Ok(()),
    }
}

/// Finds the envelope among the arguments; a producer must be able to write to it.
fn envelope(args: &Args, kind: Kind, function: &Function) -> Result<Option<Envelope>> {
    let Some(Value::Place(place)) = args.get("envelope").map(|arg| &arg.value) else {
        return Ok(None);
    };
    let bindings = function.bindings();
    let binding = place.binding(&bindings)?;
    if kind == Kind::Producer && !binding.is_writable() {
        return Err(not_writable(place, binding));
    }
    Ok(Some(Envelope {
        expr: place.expr.clone(),
        is_reference: place.is_argument() && binding.reference.is_some(),
    }))
}

fn not_writable(place: &Place, binding: &Binding) -> Error {
    let name = &binding.ident;
    let remedy = match (name == "self", binding.reference) {
        (true, _) => "take `&mut self`".to_owned(),
        (false, Some(Reference::Shared)) => format!("take `{name}: &mut T`"),
        (false, _) => format!("take `mut {name}: T` or `{name}: &mut T`"),
    };
    Error::new(
        place.expr.span(),
        format!("`{name}` cannot be given the span's context, for it cannot be written to; {remedy}"),
    )
}
