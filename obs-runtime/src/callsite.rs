//! The static descriptor of an annotated function, and the catalog of everything that was annotated.

use std::sync::OnceLock;

use once_cell::race::OnceBox;
use tracing_core::callsite::{self, Identifier};
use tracing_core::field::FieldSet;
use tracing_core::{Interest, Kind, Level, Metadata};

use crate::engine::interest::Wanted;
use crate::health::HealthCheck;
use crate::metrics::{FunctionCells, Metric};
use crate::record::SpanKind;

/// Everything in the program that was annotated or declared.
///
/// Filled by the linker: read-only data, no code runs before `main`. A crate that is only listed in `Cargo.toml` and
/// never used is not linked, and so not listed here.
#[linkme::distributed_slice]
pub static CATALOG: [Entry];

/// One annotation or declaration.
#[derive(Clone, Copy)]
pub enum Entry {
    /// A function under `#[traced]`, `#[counted]`, `#[timed]` or `#[observed]`.
    Function(&'static Callsite),
    /// A metric declared by `metrics!`.
    Metric(&'static dyn Metric),
    /// A function under `#[health_check]`.
    Health(&'static HealthCheck),
}

/// Which signals an annotated function produces by itself; metrics it names are not among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signals(u8);

impl Signals {
    /// Nothing of its own.
    pub const NONE: Signals = Signals(0);
    /// A span.
    pub const SPAN: Signals = Signals(1);
    /// `function_calls_total`.
    pub const CALLS: Signals = Signals(2);
    /// `function_duration_seconds`.
    pub const DURATION: Signals = Signals(4);
    /// `function_calls_in_flight`.
    pub const IN_FLIGHT: Signals = Signals(8);

    /// Returns both.
    #[must_use]
    pub const fn and(self, other: Signals) -> Signals {
        Signals(self.0 | other.0)
    }

    /// Tells whether all of `other` are in it.
    pub const fn has(self, other: Signals) -> bool {
        self.0 & other.0 == other.0
    }

    /// Tells whether any of the shared metric families is in it.
    pub const fn has_metrics(self) -> bool {
        self.0 & !Signals::SPAN.0 != 0
    }
}

/// What is known of an annotated function when it is compiled.
#[derive(Clone, Copy, Debug)]
pub struct Site {
    /// The span's name.
    pub name: &'static str,
    /// Returns the `type_name` of an item inside the function, which tells the function's type.
    pub path: fn() -> &'static str,
    /// `Type::method`, where the macro could see it; otherwise taken of `path`.
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

/// The one static of an annotated function.
///
/// What `tracing` wants to know is made at first use: in the static it would be the site a second time, and every
/// pointer in a static is a relocation as well.
pub struct Callsite {
    site: Site,
    fields: Fields,
    known: OnceBox<Known>,
    wanted: Wanted,
    cells: OnceBox<FunctionCells>,
}

impl Callsite {
    /// Makes the descriptor; `fields` must name the static that is being made.
    pub const fn new(site: Site, fields: Fields) -> Self {
        Callsite { site, fields, known: OnceBox::new(), wanted: Wanted::new(), cells: OnceBox::new() }
    }

    /// Returns what was known when the function was compiled.
    pub const fn site(&self) -> &Site {
        &self.site
    }

    /// Returns the `tracing` metadata of the span.
    pub fn metadata(&'static self) -> &'static Metadata<'static> {
        let known = self.known.get_or_init(|| Box::new(Known { callsite: self, metadata: OnceLock::new() }));
        known.metadata.get_or_init(|| {
            let Site { name, target, level, file, line, module, .. } = self.site;
            let fields = FieldSet::new(self.fields.0, Identifier(known));
            let (file, line, module) = (Some(file), Some(line), Some(module));
            Metadata::new(name, target, level, file, line, module, fields, Kind::SPAN)
        })
    }

    /// Returns the value of the `function` label: `name`, or `Type::method`.
    pub fn function(&'static self) -> &'static str {
        self.cells().function()
    }

    /// Returns the cells of the shared families; allocated on first use.
    pub(crate) fn cells(&'static self) -> &'static FunctionCells {
        self.cells.get_or_init(|| Box::new(FunctionCells::new(&self.site)))
    }

    /// Tells whether the current subscriber wants the span. That nobody does is one load.
    #[inline(always)]
    pub(crate) fn is_enabled(&'static self) -> bool {
        !self.wanted.is_never() && self.is_asked_for()
    }

    fn is_asked_for(&'static self) -> bool {
        self.site.signals.has(Signals::SPAN) && self.wanted.is_now(|| self.metadata().callsite().0)
    }
}

/// The `tracing` callsite of an annotated function.
struct Known {
    callsite: &'static Callsite,
    metadata: OnceLock<Metadata<'static>>,
}

impl callsite::Callsite for Known {
    fn set_interest(&self, interest: Interest) {
        self.callsite.wanted.set(&interest);
    }

    fn metadata(&self) -> &Metadata<'_> {
        self.callsite.metadata()
    }
}

/// The names of a span's fields.
#[derive(Clone, Copy, Debug)]
pub struct Fields(&'static [&'static str]);

/// Makes the fields of a callsite.
pub const fn fields(names: &'static [&'static str], _callsite: &'static Callsite) -> Fields {
    Fields(names)
}

/// Turns the type name of an item inside a function into `function` or `Type::method`.
///
/// `app::orders::<impl app::Shop<_>>::place::{{closure}}::__obs_path` in module `app::orders` gives `Shop::place`.
pub(crate) fn function_label(path: &str, module: &str) -> String {
    let mut segments: Vec<String> =
        split(path.strip_prefix(module).and_then(|p| p.strip_prefix("::")).unwrap_or(path))
            .into_iter()
            .filter(|s| *s != "{{closure}}")
            .map(type_of_segment)
            .collect();
    segments.pop(); // the item itself
    if segments.is_empty() { path.to_owned() } else { segments.join("::") }
}

/// Splits at `::` outside angle brackets.
fn split(path: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0usize, 0usize);
    let bytes = path.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'<' => depth += 1,
            // The arrow of `dyn Fn(u8) -> u8` closes nothing.
            b'>' if at.checked_sub(1).and_then(|before| bytes.get(before)) != Some(&b'-') => {
                depth = depth.saturating_sub(1);
            }
            b':' if depth == 0 && bytes.get(at + 1) == Some(&b':') => {
                parts.push(path.get(start..at).unwrap_or_default());
                start = at + 2;
            }
            _ => {}
        }
    }
    parts.push(path.get(start..).unwrap_or_default());
    parts
}

/// `<impl a::b::T<_>>` and `<a::T<_> as a::Trait>` and `T<_>` give `T`.
fn type_of_segment(segment: &str) -> String {
    let inner = segment.strip_prefix('<').and_then(|s| s.strip_suffix('>')).unwrap_or(segment);
    let inner = inner.strip_prefix("impl ").unwrap_or(inner);
    let inner = inner.split_once(" as ").map_or(inner, |(ty, _)| ty);
    let inner = inner.split_once(" for ").map_or(inner, |(_, ty)| ty);
    let inner = inner.split_once('<').map_or(inner, |(ty, _)| ty);
    inner.rsplit("::").next().unwrap_or(inner).to_owned()
}

#[cfg(test)]
mod tests {
    use super::function_label;

    #[test]
    fn the_label_names_function_and_type_without_module_and_generics() {
        let label = |path| function_label(path, "app::orders");
        assert_eq!(label("app::orders::place::__obs_path"), "place");
        assert_eq!(label("app::orders::place::{{closure}}::__obs_path"), "place");
        assert_eq!(label("app::orders::Shop<_>::place::__obs_path"), "Shop::place");
        assert_eq!(label("app::orders::<impl app::Shop<u8>>::place::{{closure}}::__obs_path"), "Shop::place");
        assert_eq!(label("<app::orders::Shop<_> as app::orders::Place>::place::__obs_path"), "Shop::place");
        assert_eq!(label("app::orders::Place::place::__obs_path"), "Place::place");
        assert_eq!(label("app::orders::outer::inner::__obs_path"), "outer::inner");
        assert_eq!(
            label("<dyn core::ops::Fn(u8) -> u8 as app::orders::Go>::go::__obs_path"),
            "Fn(u8) -> u8::go"
        );
        let boxed = "<alloc::boxed::Box<dyn core::ops::Fn(u8) -> u8> as app::orders::Go>::go::__obs_path";
        assert_eq!(label(boxed), "Box::go");
    }
}
