//! Events that an annotated call makes of itself: its error, its value, that it was slow.

use std::fmt::{Debug, Display};

use tracing_core::callsite::{self, Identifier};
use tracing_core::field::{DebugValue, DisplayValue, FieldSet, Value, debug, display};
use tracing_core::{Event, Interest, Kind, Level, Metadata};

use crate::engine::interest::Wanted;
use crate::engine::port;
use crate::engine::span::CallSpan;
use crate::hostile::Inspected;
use crate::outcome::{Outcome, Verdict};

/// The static of an event: a `tracing` callsite of the function's own target, so that filters treat it as the function's.
pub struct EventSite {
    metadata: Metadata<'static>,
    wanted: Wanted,
}

// Atomics, and metadata that never changes.
impl std::panic::RefUnwindSafe for EventSite {}

/// Where an event is made: file, line and module.
pub(crate) type Place = (&'static str, u32, &'static str);

impl EventSite {
    /// The field of an error.
    pub const ERROR: &'static [&'static str] = &["error"];
    /// The field of a returned value, as `tracing` names it.
    pub const RETURN: &'static [&'static str] = &["return"];
    /// The fields of a slow call.
    pub const SLOW: &'static [&'static str] =
        &["message", "duration_seconds", "polls", "busy_seconds", "idle_seconds"];

    /// Makes the static; `itself` must name it.
    pub const fn new(
        name: &'static str,
        target: &'static str,
        level: Level,
        (file, line, module): Place,
        fields: &'static [&'static str],
        itself: &'static EventSite,
    ) -> Self {
        let fields = FieldSet::new(fields, Identifier(itself));
        let (file, line, module) = (Some(file), Some(line), Some(module));
        EventSite {
            metadata: Metadata::new(name, target, level, file, line, module, fields, Kind::EVENT),
            wanted: Wanted::new(false),
        }
    }

    /// Tells whether the current subscriber wants the event.
    pub(crate) fn is_enabled(&'static self) -> bool {
        self.wanted.is_now(|| self)
    }

    /// Makes the event, in the current span. The values are those of its fields, in their order.
    pub(crate) fn emit(&'static self, values: &[Option<&dyn Value>]) {
        Event::dispatch(&self.metadata, &self.metadata.fields().value_set_all(values));
    }
}

impl callsite::Callsite for EventSite {
    fn set_interest(&self, interest: Interest) {
        self.wanted.set(&interest);
    }

    fn metadata(&self) -> &Metadata<'_> {
        &self.metadata
    }
}

impl Debug for EventSite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("EventSite").field(&self.metadata).finish()
    }
}

/// A value that an event shows by its `Display`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no `Display`, by which the value is to be shown",
    note = "write `err(Debug)` or `ret(Debug)`, or implement `Display`"
)]
pub trait ByDisplay: Display {}

#[diagnostic::do_not_recommend]
impl<T: Display> ByDisplay for T {}

/// A value that an event shows by its `Debug`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no `Debug`, by which the value is to be shown",
    note = "derive `Debug`, or write `err(Display)` or `ret(Display)`"
)]
pub trait ByDebug: Debug {}

#[diagnostic::do_not_recommend]
impl<T: Debug> ByDebug for T {}

/// Shows a value by its `Display`.
#[inline(always)]
pub fn by_display<T: ByDisplay>(value: &T) -> DisplayValue<&dyn Display> {
    display(value)
}

/// Shows a value by its `Debug`.
#[inline(always)]
pub fn by_debug<T: ByDebug>(value: &T) -> DebugValue<&dyn Debug> {
    debug(value)
}

/// A returned value whose error is told by its `Display`.
#[diagnostic::on_unimplemented(
    message = "the function returns `{Self}`, which is no `Result`: there is no `Err` to tell",
    note = "return a `Result`; or leave `err` away, and say by `error_if = |value| ..` which values are errors"
)]
pub trait ErrorByDisplay {
    /// Returns the error as it is shown.
    fn shown(&self) -> Option<DisplayValue<&dyn Display>>;
}

impl<T, E: ByDisplay> ErrorByDisplay for Result<T, E> {
    #[inline(always)]
    fn shown(&self) -> Option<DisplayValue<&dyn Display>> {
        self.as_ref().err().map(by_display)
    }
}

/// A returned value whose error is told by its `Debug`.
#[diagnostic::on_unimplemented(
    message = "the function returns `{Self}`, which is no `Result`: there is no `Err` to tell",
    note = "return a `Result`; or leave `err` away, and say by `error_if = |value| ..` which values are errors"
)]
pub trait ErrorByDebug {
    /// Returns the error as it is shown.
    fn shown(&self) -> Option<DebugValue<&dyn Debug>>;
}

impl<T, E: ByDebug> ErrorByDebug for Result<T, E> {
    #[inline(always)]
    fn shown(&self) -> Option<DebugValue<&dyn Debug>> {
        self.as_ref().err().map(by_debug)
    }
}

/// Returns the error that `err` tells: none where the call is not an error.
#[inline(always)]
pub fn error_by_display<R: ErrorByDisplay>(
    returned: &R,
    verdict: Verdict,
) -> Option<DisplayValue<&dyn Display>> {
    if verdict.outcome == Outcome::Error { returned.shown() } else { None }
}

/// Returns the error that `err(Debug)` tells: none where the call is not an error.
#[inline(always)]
pub fn error_by_debug<R: ErrorByDebug>(returned: &R, verdict: Verdict) -> Option<DebugValue<&dyn Debug>> {
    if verdict.outcome == Outcome::Error { returned.shown() } else { None }
}

/// A call whose body has ended: what is told of it happens in its span.
#[derive(Clone, Copy, Debug)]
pub struct Ended<'a> {
    span: Option<&'a CallSpan>,
    is_watched: bool,
}

impl<'a> Ended<'a> {
    pub(crate) fn new(span: Option<&'a CallSpan>, is_watched: bool) -> Self {
        Ended { span, is_watched }
    }

    /// Returns its span, if somebody records it.
    pub(crate) fn span(self) -> Option<&'a CallSpan> {
        self.span.filter(|span| span.is_some())
    }

    /// Tells whether anybody will see the verdict.
    pub fn is_watched(self) -> bool {
        self.is_watched
    }

    /// Tells whether anybody wants this event of the call.
    pub fn would_tell(self, event: &'static EventSite) -> bool {
        let _entered = self.span.map(CallSpan::enter);
        event.is_enabled()
    }

    /// Tells the error that the call returned: as an event in its span, and in the span's status. The user's code that
    /// shows it runs once, whoever wants to see it.
    pub fn err(self, event: &'static EventSite, error: &dyn Debug) {
        let _entered = self.span.map(CallSpan::enter);
        let enabled = event.is_enabled();
        let span = self.span.filter(|span| span.is_some());
        if !enabled && span.is_none() {
            return;
        }
        let text = format!("{:?}", Inspected(error));
        if enabled {
            event.emit(&[Some(&display(&text))]);
        }
        if let Some(span) = span {
            port::describe(span, &text);
        }
    }

    /// Tells the value that the call returned, as an event in its span.
    pub fn ret(self, event: &'static EventSite, value: &dyn Debug) {
        let _entered = self.span.map(CallSpan::enter);
        if event.is_enabled() {
            event.emit(&[Some(&debug(Inspected(value)))]);
        }
    }
}
