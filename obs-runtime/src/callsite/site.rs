//! What is known of an annotated function when it is compiled, read from its callsite's text.

use tracing_core::Level;

use super::{More, Plan, Signals};
use crate::record::SpanKind;

/// What is known of an annotated function when it is compiled.
#[derive(Clone, Debug)]
pub struct Site {
    /// The span's name.
    pub name: &'static str,
    /// `Type::method`, where the macro could see it.
    pub function: Option<&'static str>,
    /// The module.
    pub module: &'static str,
    /// The `tracing` target.
    pub target: &'static str,
    /// The file.
    pub file: &'static str,
    /// The line.
    pub line: u32,
    /// The doc comment's first paragraph.
    pub doc: &'static str,
    /// The names of the span's fields.
    pub fields: Box<[&'static str]>,
    /// The span's level.
    pub level: Level,
    /// The span's role.
    pub kind: SpanKind,
    /// What it produces.
    pub signals: Signals,
    /// Attributes that never change, as in `messaging.destination.name`.
    pub constants: &'static [(&'static str, &'static str)],
    /// The share of the traces it starts that are recorded; the configured one if absent.
    pub sample: Option<f64>,
}

impl Site {
    /// Reads a text: module, file, line, name, function, fields and doc comment, a line each; only the last has lines
    /// of its own.
    pub(super) fn read(text: &'static str, plan: Plan, more: &More) -> Site {
        let mut lines = text.splitn(7, '\n');
        let mut next = || lines.next().unwrap_or_default();
        let (module, file, line) = (next(), next(), next());
        let (name, function, fields, doc) = (next(), next(), next(), next());
        let fields = if fields.is_empty() { Box::default() } else { fields.split(',').collect() };
        Site {
            name: more.name.unwrap_or(name),
            function: Some(function).filter(|f| !f.is_empty()),
            module,
            target: more.target.unwrap_or(module),
            file,
            line: line.parse().unwrap_or_default(),
            doc,
            fields,
            level: plan.level,
            kind: plan.kind,
            signals: plan.signals,
            constants: more.constants,
            sample: more.sample,
        }
    }
}
