//! Messages that are handled together: their span begins a trace, with a link to every sender.

use std::collections::HashSet;

use super::parent::{Borrowed, Many, Relatives};
use crate::context::{Envelope, Propagated, SpanContext, Trust, received};
use crate::hostile::guarded;
use crate::record::Link;

/// The most senders that a batch is linked to, whatever else a span may hold; the others are counted as dropped links.
const MOST: usize = 128;

/// What `batch = ...` takes: whatever can be iterated by reference over messages. `Form` is for the compiler only.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no batch of messages",
    note = "give an argument such as `Vec<M>`, `&[M]` or `[M; 8]`, where `M` is an `obs::Envelope`"
)]
pub trait Batch<Form>: Sized {
    /// Calls `each` with the sender of every message; with `None` for those that carry no context.
    fn senders(self, each: &mut dyn FnMut(Option<SpanContext>));
    /// Returns how many messages there are.
    fn size(self) -> u64;
}

impl<'a, B: ?Sized, M: Envelope + 'a> Batch<Many> for &'a B
where
    &'a B: IntoIterator<Item = &'a M>,
{
    fn senders(self, each: &mut dyn FnMut(Option<SpanContext>)) {
        self.into_iter().for_each(|message| each(guarded(|| message.context().sender()).flatten()));
    }

    fn size(self) -> u64 {
        u64::try_from(self.into_iter().count()).unwrap_or(u64::MAX)
    }
}

impl<'a, Form, B: ?Sized> Batch<Borrowed<Form>> for &&'a B
where
    &'a B: Batch<Form>,
{
    fn senders(self, each: &mut dyn FnMut(Option<SpanContext>)) {
        (*self).senders(each);
    }

    fn size(self) -> u64 {
        (*self).size()
    }
}

impl Relatives {
    /// Adds a link to the sender of every message, once each. As with one message what begins here has a correlation id:
    /// that of the trace.
    #[must_use]
    pub fn batch<Form>(mut self, messages: impl Batch<Form>) -> Self {
        self.parent = received(Propagated::default(), Trust::Restart);
        let mut met = HashSet::new();
        messages.senders(&mut |sender| {
            let Some(context) = sender.filter(|sender| met.insert((sender.trace_id, sender.span_id))) else {
                return;
            };
            if met.len() <= MOST {
                self.links.push(Link { context });
            } else {
                self.dropped_links = self.dropped_links.saturating_add(1);
            }
        });
        self
    }
}

/// Returns how many messages are handled together.
pub fn batch_size<Form>(messages: impl Batch<Form>) -> u64 {
    messages.size()
}
