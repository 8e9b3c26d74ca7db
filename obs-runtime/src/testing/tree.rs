//! Spans as text.

use std::collections::HashSet;
use std::fmt::Write;
use std::sync::Arc;

use crate::context::SpanId;
use crate::record::{Attribute, SpanKind, SpanRecord, Status};

pub(crate) fn draw(spans: &[Arc<SpanRecord>]) -> String {
    let known: HashSet<SpanId> = spans.iter().map(|s| s.context.span_id).collect();
    let mut out = String::new();
    for root in by_start(spans.iter().filter(|s| s.parent.is_none_or(|p| !known.contains(&p)))) {
        line(&mut out, root);
        below(&mut out, "", root, spans);
    }
    out
}

fn below(out: &mut String, indent: &str, parent: &SpanRecord, spans: &[Arc<SpanRecord>]) {
    let children = by_start(spans.iter().filter(|s| s.parent == Some(parent.context.span_id)));
    for event in &parent.events {
        out.push_str(indent);
        out.push_str("* ");
        out.push_str(&event.name);
        attributes(out, &event.attributes);
        out.push('\n');
    }
    let last = children.len().saturating_sub(1);
    for (at, child) in children.into_iter().enumerate() {
        let (branch, rail) = if at == last { ("`- ", "   ") } else { ("|- ", "|  ") };
        out.push_str(indent);
        out.push_str(branch);
        line(out, child);
        below(out, &format!("{indent}{rail}"), child, spans);
    }
}

fn by_start<'a>(spans: impl Iterator<Item = &'a Arc<SpanRecord>>) -> Vec<&'a SpanRecord> {
    let mut spans: Vec<&SpanRecord> = spans.map(Arc::as_ref).collect();
    spans.sort_by_key(|s| s.start_unix_nanos);
    spans
}

fn line(out: &mut String, span: &SpanRecord) {
    out.push_str(&span.name);
    let kind = match span.kind {
        SpanKind::Internal => "",
        SpanKind::Server => " (server)",
        SpanKind::Client => " (client)",
        SpanKind::Producer => " (producer)",
        SpanKind::Consumer => " (consumer)",
    };
    out.push_str(kind);
    if let Some(outcome) = span.outcome {
        out.push(' ');
        out.push_str(outcome.as_str());
    }
    if let Status::Error(text) = &span.status
        && !text.is_empty()
    {
        let _never = write!(out, " {text:?}");
    }
    attributes(out, &span.attributes);
    out.push('\n');
}

fn attributes(out: &mut String, attributes: &[Attribute]) {
    for attribute in attributes {
        let _never = write!(out, " {}={}", attribute.key, attribute.value);
    }
}
