//! The table of every variable: what is not in it cannot be read.
//!
//! [`Env`](super::env::Env) reads entries of this table and no other names. `docs/configuration.md` is made of it.

mod absent;
mod batch;
mod exporters;
mod general;
mod limits;
mod otlp;
mod ours;

pub(crate) use absent::ABSENT;
pub(crate) use batch::*;
pub(crate) use exporters::*;
pub(crate) use general::*;
pub(crate) use limits::*;
pub(crate) use otlp::{EVERY, LOGS, METRICS, Signals, TRACES};
pub(crate) use ours::*;

/// An environment variable that is read.
#[derive(Debug)]
pub(crate) struct Variable {
    name: &'static str,
    /// What it holds, in words.
    kind: &'static str,
    default: &'static str,
    /// The method of the builder that does the same.
    builder: &'static str,
    does: &'static str,
}

impl Variable {
    /// Returns its name, as in `OTEL_SERVICE_NAME`.
    pub(crate) const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the builder's method that wins over it, as in `Builder::service_name`.
    pub(crate) const fn builder(&self) -> &'static str {
        self.builder
    }

    /// Returns its row of the table, as Markdown.
    pub(super) fn row(&self) -> String {
        let Variable { name, kind, default, builder, does } = self;
        let builder = builder.trim_start_matches("Builder::");
        format!("| `{name}` | {does} | {kind} | {default} | `{builder}` |")
    }

    /// Tells whether a wrong value is an error and not a warning: in our own, and where a process that is to be reached would
    /// not be.
    pub(super) fn is_strict(&self) -> bool {
        self.name.starts_with("OBS_") || self.name == OTEL_EXPORTER_PROMETHEUS_HOST.name
    }
}

/// Variables that belong together, and where the rules for them stand.
pub(super) struct Section {
    pub(super) title: &'static str,
    /// The specification's section, or what goes for all of them.
    pub(super) source: &'static str,
    pub(super) variables: &'static [&'static Variable],
}

/// The whole table.
pub(super) const SECTIONS: &[&Section] = &[
    &general::GENERAL,
    &exporters::SELECTION,
    &otlp::FOR_ALL,
    &otlp::FOR_TRACES,
    &otlp::FOR_METRICS,
    &otlp::FOR_LOGS,
    &exporters::OTHERS,
    &exporters::PERIODIC,
    &batch::BATCHES,
    &limits::LIMITS,
    &ours::ADMIN,
    &ours::LOGGING,
    &ours::SAMPLING,
    &ours::METERING,
    &ours::DELIVERY,
];

/// What kinds of values are called in the table.
mod kinds {
    pub(super) const BOOLEAN: &str = "`true` or `false`";
    pub(super) const COUNT: &str = "a number";
    pub(super) const POSITIVE: &str = "a number, at least 1";
    pub(super) const BYTES: &str = "bytes, at least 1";
    pub(super) const MILLIS: &str = "milliseconds";
    pub(super) const TIMEOUT: &str = "milliseconds; 0 for no limit";
    pub(super) const TIME: &str = "a number and a unit, as in `250ms`, `1.5s` or `2m`";
    pub(super) const ON_OFF: &str = "`on` or `off`";
    pub(super) const TEXT: &str = "text";
    pub(super) const URL: &str = "a URL";
    pub(super) const PATH: &str = "a path";
    pub(super) const PAIRS: &str = "`key=value,...`, values percent-encoded";
}

/// Declares variables of the table: `NAME: kind, default, Builder::method, what it does;`, and the list of all of them.
macro_rules! variables {
    (pub(super) const $section:ident = $title:literal, $source:literal;
     $($name:ident: $kind:expr, $default:literal, $builder:literal, $does:literal;)+) => {
        $(pub(crate) static $name: Variable = Variable {
            name: stringify!($name),
            kind: $kind,
            default: $default,
            builder: concat!("Builder::", $builder),
            does: $does,
        };)+
        pub(super) const $section: Section =
            Section { title: $title, source: $source, variables: &[$(&$name),+] };
    };
}
use variables;
