//! The span that will be made, and every reason not to.

use proc_macro2::Span;
use syn::{Error, Expr, Result};

use super::args::KINDS;
use super::message::Message;
use super::relatives::Relatives;
use crate::diag::Errors;
use crate::syntax::{Args, Field, Function, Level, Report, Value};

/// The span of an annotated function.
#[derive(Default)]
pub(crate) struct Model {
    pub(crate) name: Option<Expr>,
    pub(crate) target: Option<Expr>,
    pub(crate) level: Option<Level>,
    pub(crate) kind: Kind,
    pub(crate) root: bool,
    pub(crate) message: Message,
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

impl Model {
    pub(crate) fn new(args: &Args, function: &Function) -> Result<Self> {
        let mut errors = Errors::default();
        let (kind, said) = errors.take(kind(args)).unwrap_or_default();
        let text = |key| match args.get(key).map(|arg| &arg.value) {
            Some(Value::Text(text)) => Some(text.clone()),
            _ => None,
        };
        let relatives = errors.take(Relatives::read(args)).unwrap_or_default();
        let message = errors.take(Message::read(args, kind, said, function)).unwrap_or_default();
        let model = Model {
            name: text("name"),
            target: text("target"),
            level: match args.get("level").map(|arg| &arg.value) {
                Some(Value::Level(level)) => Some(level.clone()),
                _ => None,
            },
            kind,
            root: args.flag("root").is_some(),
            message,
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

    /// Tells whether its envelope takes the span's context along.
    pub(super) fn sends(self) -> bool {
        matches!(self, Kind::Producer | Kind::Client)
    }

    /// Tells whether its envelope brings the sender's context.
    pub(super) fn receives(self) -> bool {
        matches!(self, Kind::Consumer | Kind::Server)
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
