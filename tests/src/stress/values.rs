//! What spans carry, so that one that arrives can be told from a mixture of two.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::counts::counted;

pub(crate) fn twice(number: i64) -> i64 {
    number * 2
}

/// A text that fits into a slot for some numbers and for others does not.
pub(crate) fn text(number: i64) -> String {
    format!("{number}-").repeat(usize::try_from(number % 40).unwrap_or(0))
}

/// Opens a span and says something while it is shown.
pub(crate) struct Shown(pub(crate) i64);

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.0 + 1;
        let inside = counted(tracing::info_span!("inside", number, twice = twice(number)));
        // Where some thread has a subscriber of its own, `tracing` has none for who asks while it is asking one: there is
        // no span then. By the time of an event that thread may be through, and the event would be on the span outside.
        if !inside.is_disabled() {
            inside.in_scope(|| tracing::info!(number, "shown"));
        }
        f.write_str("value")
    }
}

/// A future that is pending once.
#[derive(Default)]
pub(crate) struct Once(bool);

impl Future for Once {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}
