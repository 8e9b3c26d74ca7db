//! `envelope`, `batch`, `trust`, `reply`, `destination`, `system`: what only a message has.

use proc_macro2::{Ident, Span};
use syn::spanned::Spanned;
use syn::{Error, Expr, Result, ReturnType, Type};

use super::model::Kind;
use crate::codegen::Shape;
use crate::diag::Errors;
use crate::syntax::{Args, Binding, Function, Place, Reference, Value};

/// What is said of the message, or the messages, that a call is about.
#[derive(Default)]
pub(crate) struct Message {
    /// The one that brings or takes the context.
    pub(super) envelope: Option<Argument>,
    /// Those that are handled together.
    pub(super) batch: Option<Argument>,
    /// How far a sender is believed.
    pub(super) trust: Trust,
    /// Whether the returned value is a message that answers, and where that was said.
    pub(super) reply: Option<Span>,
    pub(super) destination: Option<Expr>,
    /// The value of `messaging.system`.
    pub(super) system: Option<Expr>,
}

/// An argument of the function, or a part of one.
pub(super) struct Argument {
    pub(super) expr: Expr,
    /// Whether it is itself a reference and must be borrowed again.
    pub(super) is_reference: bool,
}

/// A variant of `obs::Trust`.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Trust {
    #[default]
    Continue,
    Link,
    Restart,
}

impl Message {
    pub(super) fn read(args: &Args, kind: Kind, said: bool, function: &Function) -> Result<Self> {
        let mut errors = Errors::default();
        errors.take(refuse_other_kinds(args, kind, said));
        errors.take(refuse_contradictions(args, kind));
        let text = |key| match args.get(key).map(|arg| &arg.value) {
            Some(Value::Text(text)) => Some(text.clone()),
            _ => None,
        };
        let envelope = errors.take(argument(args, "envelope", function, kind.sends())).flatten();
        let batch = errors.take(argument(args, "batch", function, false)).flatten();
        let reply = errors.take(reply(args, function)).flatten();
        errors.finish(Message {
            envelope,
            batch,
            trust: trust(args),
            reply,
            destination: text("destination"),
            system: text("system"),
        })
    }
}

/// Refuses what another kind of span has.
fn refuse_other_kinds(args: &Args, kind: Kind, said: bool) -> Result<()> {
    let mut errors = Errors::default();
    let mut refuse = |key: &str, is_fine: bool, message: &str| {
        if let Some(arg) = args.get(key).filter(|_| !is_fine) {
            let remedy = if said { "make the kind" } else { "add" };
            let message = message.replace("{add}", remedy);
            errors.push(Error::new(arg.key.span(), format!("`{key}` {message}")));
        }
    };
    let message = "belongs to a message; {add} `producer` (it is sent) or `consumer` (it is handled)";
    let anything = "is a message or a request; {add} `producer` or `client` (it is sent), `consumer` or `server` (it is \
                    handled)";
    let answer = "answers a message or a request; {add} `consumer` or `server` (it is returned to the sender), `client` or \
                  `producer` (it came back)";
    refuse("envelope", kind.sends() || kind.receives(), anything);
    refuse("reply", kind.sends() || kind.receives(), answer);
    refuse("batch", kind == Kind::Consumer, "is messages that are handled together; {add} `consumer`");
    refuse("destination", kind.is_message(), message);
    refuse("system", kind.is_message(), message);
    errors.finish(())
}

/// Refuses what leaves no place for another option.
fn refuse_contradictions(args: &Args, kind: Kind) -> Result<()> {
    let mut errors = Errors::default();
    let mut refuse = |key: &str, holds: bool, message: &str| {
        if let Some(arg) = args.get(key).filter(|_| holds) {
            errors.push(Error::new(arg.key.span(), message));
        }
    };
    let has = |key| args.get(key).is_some();
    let (brings, is_batch) = (has("envelope") && kind.receives(), has("batch"));
    refuse(
        "root",
        brings && !is_batch,
        "`root` starts a trace and `envelope` continues the sender's; write `trust = restart` instead, or `trust = link` \
         to refer to the sender",
    );
    refuse(
        "parent",
        brings && !is_batch,
        "`envelope` brings the sender as the parent; remove `parent`, or write `link` instead",
    );
    refuse("envelope", is_batch, "`envelope` is one message and `batch` are many; remove one of them");
    refuse(
        "parent",
        is_batch,
        "a batch has many senders, and starts a trace with a link to each; remove `parent`, or write `link` instead",
    );
    refuse(
        "trust",
        is_batch,
        "a batch starts a trace with a link to each sender, whoever they are; remove `trust`",
    );
    refuse(
        "trust",
        !is_batch && !brings && !has("parent"),
        "`trust` says how far a sender is believed, and nothing brings a sender's context; add `envelope = message` to a \
         `consumer` or a `server`, or `parent = context`",
    );
    errors.finish(())
}

/// Finds what is named among the arguments; what is sent must be writable.
fn argument(args: &Args, key: &str, function: &Function, is_sent: bool) -> Result<Option<Argument>> {
    let Some(Value::Place(place)) = args.get(key).map(|arg| &arg.value) else {
        return Ok(None);
    };
    let bindings = function.bindings();
    let binding = place.binding(&bindings)?;
    if is_sent && !binding.is_writable() {
        return Err(not_writable(place, binding));
    }
    Ok(Some(Argument {
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

fn trust(args: &Args) -> Trust {
    match args.get("trust").map(|arg| &arg.value) {
        Some(Value::OneOf(word)) if word == "link" => Trust::Link,
        Some(Value::OneOf(word)) if word == "restart" => Trust::Restart,
        _ => Trust::Continue,
    }
}

impl Trust {
    /// The variant's name.
    pub(super) fn variant(self) -> Ident {
        let name = match self {
            Trust::Continue => "Continue",
            Trust::Link => "Link",
            Trust::Restart => "Restart",
        };
        Ident::new(name, Span::call_site())
    }
}

/// Reads `reply`; refuses it where nothing is returned, or too much.
fn reply(args: &Args, function: &Function) -> Result<Option<Span>> {
    let Some(span) = args.flag("reply") else { return Ok(None) };
    let sig = &function.sig;
    let returns_nothing = match &sig.output {
        ReturnType::Default => true,
        ReturnType::Type(_, ty) => match &**ty {
            Type::Never(_) => true,
            Type::Tuple(tuple) => tuple.elems.is_empty(),
            _ => false,
        },
    };
    let message = if returns_nothing {
        "`reply` is the returned message, and the function returns nothing; return a message, an `Option` of one, or a \
         `Result`"
    } else if matches!(Shape::of(sig, false), Shape::Stream(_)) {
        "`reply` is the one message that is returned, and a stream has many; remove it"
    } else {
        return Ok(Some(span));
    };
    Err(Error::new(span, message))
}
