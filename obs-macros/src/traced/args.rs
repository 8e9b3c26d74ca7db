//! What may be written in `#[traced(...)]`.

use crate::future;
use crate::judged;
use crate::syntax::{Opt, Shape, Table};

pub(crate) const TABLE: Table = Table { options: OPTIONS, labels: false };

const fn opt(key: &'static str, shape: Shape, doc: &'static str) -> Opt {
    Opt { key, shape, doc }
}

pub(super) const KINDS: &[&str] = &["server", "client", "producer", "consumer", "internal"];

pub(crate) const OPTIONS: &[Opt] = &[
    opt("name", Shape::Text, "the span's name; the function's if absent"),
    opt("level", Shape::Level, "the span's level; `info` if absent"),
    opt("target", Shape::Text, "the span's target; the module's path if absent"),
    opt("kind", Shape::OneOf(KINDS), "the span's role"),
    opt("server", Shape::Flag, "it answers a request"),
    opt("client", Shape::Flag, "it makes a request"),
    opt("producer", Shape::Flag, "it sends a message"),
    opt("consumer", Shape::Flag, "it handles a message"),
    opt("internal", Shape::Flag, "it does neither"),
    opt("root", Shape::Flag, "it starts a trace of its own"),
    opt("parent", Shape::Expr, "the span it belongs to"),
    opt("link", Shape::Expr, "other spans it refers to"),
    opt("follows_from", Shape::Expr, "the spans that caused it"),
    opt("envelope", Shape::Place, "the message that carries the context"),
    opt("batch", Shape::Place, "the messages that are handled together"),
    opt("trust", Shape::OneOf(&["continue", "link", "restart"]), "how far the sender is believed"),
    opt("reply", Shape::Flag, "the returned value is a message that answers"),
    opt("destination", Shape::Text, "the queue or topic of the message"),
    opt("system", Shape::Text, "the message bus, as in `nats` or `kafka`"),
    opt("fields", Shape::Fields, "what the span records"),
    opt("err", Shape::Report, "tells the error as an event"),
    opt("ret", Shape::Report, "tells the value as an event"),
    opt("slow", Shape::Duration, "warns of calls that take longer"),
    opt("sample", Shape::Ratio, "the share of the traces it starts that are recorded"),
    judged::OK_IF,
    judged::ERROR_IF,
    judged::ERROR_TYPE,
    opt("skip", Shape::Names, "nothing: arguments are only recorded where `fields` names them"),
    opt("skip_all", Shape::Flag, "nothing: arguments are only recorded where `fields` names them"),
    future::OPTION,
];
