//! The user's code that runs on behalf of the telemetry: what it does must not change the call.

use std::cell::Cell;
use std::fmt::{self, Debug, Display};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// How deep recording may lead to recording: a `Debug` that runs annotated code whose fields have such a `Debug` too.
const DEEPEST: u8 = 4;

/// What stands for a value whose `Display` or `Debug` panicked.
pub(crate) const PANICKED: &str = "{panicked}";

/// What stands behind a value whose `Display` or `Debug` returned an error.
const FAILED: &str = "{failed}";

thread_local! {
    static DEPTH: Cell<u8> = const { Cell::new(0) };
}

/// Runs the user's code; `None` where it panicked, or was not run because it had led to itself too often.
///
/// The panic hook reports the panic as any other. Under `panic = "abort"` nothing can be caught.
pub fn guarded<R>(run: impl FnOnce() -> R) -> Option<R> {
    let _deeper = Deeper::new()?;
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(value) => Some(value),
        Err(payload) => {
            discard(payload);
            None
        }
    }
}

/// Drops what a panic carried, whose own `Drop` may panic.
#[cold]
fn discard(payload: Box<dyn std::any::Any + Send>) {
    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(again);
    }
}

/// Counts how deep this thread is in the user's code.
struct Deeper;

impl Deeper {
    fn new() -> Option<Self> {
        let deeper = |depth: &Cell<u8>| {
            let free = depth.get() < DEEPEST;
            depth.set(depth.get() + u8::from(free));
            free
        };
        DEPTH.try_with(deeper).ok().filter(|free| *free).map(|_| Deeper)
    }
}

impl Drop for Deeper {
    fn drop(&mut self) {
        let _gone = DEPTH.try_with(|depth| depth.set(depth.get().saturating_sub(1)));
    }
}

/// A value that is shown by its `Display`, and whose panic or error becomes a mark in the text.
pub struct Shown<'a>(pub(crate) &'a dyn Display);

/// A value that is shown by its `Debug`, and whose panic or error becomes a mark in the text.
pub struct Inspected<'a>(pub(crate) &'a dyn Debug);

impl Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        marked(f, |f| self.0.fmt(f))
    }
}

impl Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

impl Debug for Inspected<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        marked(f, |f| self.0.fmt(f))
    }
}

/// An error that is the value's own would make `to_string` panic in somebody's layer; one of the sink comes back when
/// the mark is written.
fn marked(
    f: &mut fmt::Formatter<'_>,
    show: impl FnOnce(&mut fmt::Formatter<'_>) -> fmt::Result,
) -> fmt::Result {
    match guarded(|| show(f)) {
        Some(Ok(())) => Ok(()),
        Some(Err(fmt::Error)) => f.write_str(FAILED),
        None => f.write_str(PANICKED),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic)] // what is caught must be thrown

    use super::*;

    struct Recurses;

    impl Display for Recurses {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("[")?;
            Display::fmt(&Shown(self), f)?;
            f.write_str("]")
        }
    }

    #[test]
    fn a_value_that_shows_itself_comes_to_an_end() {
        assert_eq!(Shown(&Recurses).to_string(), "[[[[{panicked}]]]]");
        assert_eq!(Shown(&1).to_string(), "1");
    }

    #[test]
    fn a_panic_whose_payload_panics_is_caught() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                std::panic::panic_any("again");
            }
        }
        assert_eq!(guarded(|| std::panic::panic_any(Bomb)), None::<()>);
        assert_eq!(guarded(|| 1), Some(1));
    }
}
