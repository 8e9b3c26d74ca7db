//! The static descriptor of an annotated function, and the catalog of everything that was annotated.

mod label;
mod site;

use std::sync::{LazyLock, OnceLock};

use once_cell::race::OnceBox;
use tracing_core::callsite::{self, Identifier};
use tracing_core::field::{Field, FieldSet};
use tracing_core::{Interest, Kind, Level, Metadata};

pub(crate) use self::label::function_label;
pub use self::site::Site;
use crate::context::Passing;
use crate::engine::catalog;
use crate::engine::interest::Wanted;
use crate::health::HealthCheck;
use crate::metrics::{FunctionCells, Messages, Metric};
use crate::record::SpanKind;

/// Everything in the program that was annotated or declared.
///
/// Found by the linker: no code runs before `main`. A crate that is only listed in `Cargo.toml` and never used is not
/// linked, and so not listed here.
pub static CATALOG: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    catalog::functions().iter().map(Entry::Function).chain(catalog::entries().iter().copied()).collect()
});

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
    /// The families of messages, of producers and consumers.
    pub const MESSAGES: Signals = Signals(16);
    /// What `#[observed]` produces.
    pub const ALL: Signals = Signals(15);

    /// Returns both.
    #[must_use]
    pub const fn and(self, other: Signals) -> Signals {
        Signals(self.0 | other.0)
    }

    /// Tells whether all of `other` are in it.
    pub const fn has(self, other: Signals) -> bool {
        self.0 & other.0 == other.0
    }

    /// Tells whether the duration of a call is in it.
    pub(crate) const fn is_timed(self) -> bool {
        self.0 & (Signals::DURATION.0 | Signals::MESSAGES.0) != 0
    }

    /// Tells whether any of the shared metric families is in it.
    pub const fn has_metrics(self) -> bool {
        self.0 & !Signals::SPAN.0 != 0
    }
}

/// What an annotated function produces, and how its span stands out.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    signals: Signals,
    kind: SpanKind,
    level: Level,
    judged: bool,
}

impl Plan {
    /// A span at `info`, and nothing else.
    pub const TRACED: Plan = Plan::of(Signals::SPAN);
    /// Every signal.
    pub const OBSERVED: Plan = Plan::of(Signals::ALL);

    /// Produces these; a span among them is internal and at `info`.
    pub const fn of(signals: Signals) -> Self {
        Plan { signals, kind: SpanKind::Internal, level: Level::INFO, judged: false }
    }

    /// Gives the span a role; those of messages are counted.
    #[must_use]
    pub const fn kind(self, kind: SpanKind) -> Self {
        let signals = match kind {
            SpanKind::Producer | SpanKind::Consumer => self.signals.and(Signals::MESSAGES),
            SpanKind::Internal | SpanKind::Server | SpanKind::Client => self.signals,
        };
        Plan { kind, signals, ..self }
    }

    /// Every value is judged: a synchronous call that ends without a verdict has panicked.
    #[must_use]
    pub const fn judged(self) -> Self {
        Plan { judged: true, ..self }
    }

    /// Gives the span a level.
    #[must_use]
    pub const fn level(self, level: Level) -> Self {
        Plan { level, ..self }
    }
}

/// What few callsites have: kept apart, so that the others are small.
#[derive(Clone, Copy, Debug)]
pub struct More {
    name: Option<&'static str>,
    target: Option<&'static str>,
    constants: &'static [(&'static str, &'static str)],
    sample: Option<f64>,
}

impl More {
    /// Nothing.
    pub const NONE: More = More { name: None, target: None, constants: &[], sample: None };

    /// A name for the span that does not stand in the text.
    #[must_use]
    pub const fn name(self, name: &'static str) -> Self {
        More { name: Some(name), ..self }
    }

    /// Another target than the module.
    #[must_use]
    pub const fn target(self, target: &'static str) -> Self {
        More { target: Some(target), ..self }
    }

    /// Attributes that never change.
    #[must_use]
    pub const fn constants(self, constants: &'static [(&'static str, &'static str)]) -> Self {
        More { constants, ..self }
    }

    /// The share of the traces it starts that are recorded.
    #[must_use]
    pub const fn sample(self, share: f64) -> Self {
        More { sample: Some(share), ..self }
    }
}

/// The one static of an annotated function, in the linker section that becomes the [`CATALOG`].
///
/// What is known of the function is one text: each pointer in a static is a relocation as well, and costs more than the
/// bytes it points to. It is read at first use, as is what `tracing` wants to know.
pub struct Callsite {
    text: &'static str,
    path: Option<fn() -> &'static str>,
    more: Option<&'static More>,
    known: OnceBox<Known>,
    plan: Plan,
    wanted: Wanted,
}

impl Callsite {
    /// Makes the descriptor of a function that [`Site::read`] can read.
    ///
    /// `path` gives the type name of an item inside the function, which tells the function's type: where it has metrics
    /// of its own.
    pub const fn new(text: &'static str, plan: Plan, path: Option<fn() -> &'static str>) -> Self {
        let wanted = Wanted::new(plan.signals.has_metrics());
        Callsite { text, path, more: None, known: OnceBox::new(), plan, wanted }
    }

    /// Adds what few callsites have.
    #[must_use]
    pub const fn with(mut self, more: &'static More) -> Self {
        self.more = Some(more);
        self
    }

    /// Returns what was known when the function was compiled; read on first use.
    pub fn site(&'static self) -> &'static Site {
        &self.known().site
    }

    /// Returns what it produces.
    pub(crate) const fn signals(&self) -> Signals {
        self.plan.signals
    }

    /// Tells whether every value is judged.
    pub(crate) const fn is_of_message(&self) -> bool {
        self.plan.signals.has(Signals::MESSAGES)
    }

    /// Tells whether it is a call that somebody else sent, whose context goes on also where nobody wants the span.
    #[inline]
    pub(crate) fn passes_on(&self) -> bool {
        matches!(self.plan.kind, SpanKind::Server | SpanKind::Consumer) && Passing::is_on()
    }

    pub(crate) const fn is_judged(&self) -> bool {
        self.plan.judged
    }

    /// Returns the `tracing` metadata of the span.
    #[inline]
    pub fn metadata(&'static self) -> &'static Metadata<'static> {
        let known = self.known();
        known.metadata.get_or_init(|| {
            let Site { name, target, level, file, line, module, fields, .. } = &known.site;
            let fields = FieldSet::new(fields, Identifier(known));
            let (file, line, module) = (Some(*file), Some(*line), Some(*module));
            Metadata::new(name, target, *level, file, line, module, fields, Kind::SPAN)
        })
    }

    /// Returns the fields of the span: each one that is made anew takes as long as to write its value.
    #[inline]
    pub(crate) fn fields(&'static self) -> &'static [Field] {
        self.known().fields.get_or_init(|| self.metadata().fields().iter().collect())
    }

    /// Returns the value of the `function` label: `name`, or `Type::method` where the type is known.
    pub fn function(&'static self) -> &'static str {
        self.cells().function()
    }

    /// Returns the cells of the shared families; allocated on first use.
    pub(crate) fn cells(&'static self) -> &'static FunctionCells {
        self.known().cells.get_or_init(|| {
            let Site { function, module, name, .. } = &self.known().site;
            let label = match (function, self.path) {
                (Some(function), _) => (*function).to_owned(),
                (None, Some(path)) => function_label(path(), module),
                (None, None) => (*name).to_owned(),
            };
            let messages = Messages::of(&self.known().site);
            Box::new(FunctionCells::new(module, label).with_messages(messages))
        })
    }

    /// Tells whether nobody watches the function's calls: one load.
    #[inline(always)]
    pub(crate) fn is_unwatched(&self) -> bool {
        self.wanted.is_unwatched()
    }

    /// Tells whether the current subscriber wants the span. That nobody does is one load.
    #[inline(always)]
    pub(crate) fn is_enabled(&'static self) -> bool {
        if self.wanted.is_always() {
            return true;
        }
        if self.plan.signals.has(Signals::SPAN) {
            return self.wanted.is_now(|| self.metadata().callsite().0);
        }
        self.wanted.has_no_span();
        false
    }

    /// Tells whether its calls are counted; known once somebody asked whether it is enabled.
    #[inline(always)]
    pub(crate) fn counts(&self) -> bool {
        self.wanted.counts()
    }

    /// Its switches.
    pub(crate) fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    #[inline]
    fn known(&'static self) -> &'static Known {
        self.known.get_or_init(|| {
            let site = Site::read(self.text, self.plan, self.more.unwrap_or(&More::NONE));
            Box::new(Known {
                callsite: self,
                site,
                metadata: OnceLock::new(),
                fields: OnceLock::new(),
                cells: OnceBox::new(),
            })
        })
    }
}

/// What is made of a callsite when it is used: the `tracing` callsite among it.
struct Known {
    callsite: &'static Callsite,
    site: Site,
    metadata: OnceLock<Metadata<'static>>,
    fields: OnceLock<Box<[Field]>>,
    cells: OnceBox<FunctionCells>,
}

impl callsite::Callsite for Known {
    fn set_interest(&self, interest: Interest) {
        self.callsite.wanted.set(&interest);
    }

    fn metadata(&self) -> &Metadata<'_> {
        self.callsite.metadata()
    }
}

/// Puts an annotated function into the catalog: the macro that generated code calls.
///
/// `$text` is name, function, fields and doc comment, a line each.
#[doc(hidden)]
#[macro_export]
macro_rules! __obs_callsite {
    ($line:expr, $text:literal, $plan:expr, measured $($more:tt)*) => {
        struct __ObsHere;
        $crate::__obs_callsite! {
            @ $line, $text, $plan,
            ::core::option::Option::Some(::core::any::type_name::<__ObsHere>), $($more)*
        }
    };
    ($line:expr, $text:literal, $plan:expr $(, $($more:tt)*)?) => {
        $crate::__obs_callsite! { @ $line, $text, $plan, ::core::option::Option::None, $($($more)*)? }
    };
    (@ $line:expr, $text:literal, $plan:expr, $path:expr, $($more:expr)?) => {
        #[used]
        #[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,obs_sites_0_1,regular,no_dead_strip"))]
        #[cfg_attr(target_os = "windows", unsafe(link_section = ".obs_sites_0_1$b"))]
        #[cfg_attr(not(any(target_vendor = "apple", target_os = "windows")), unsafe(link_section = "obs_sites_0_1"))]
        static __OBS_CALLSITE: $crate::__private::Callsite = $crate::__private::Callsite::new(
            ::core::concat!(::core::module_path!(), "\n", ::core::file!(), "\n", $line, "\n", $text),
            $plan,
            $path,
        )$(.with($more))?;
    };
}
