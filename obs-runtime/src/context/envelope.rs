//! Messages that carry a context.

use super::Propagated;

/// A message that carries the context of its sender; derived by `#[derive(obs::Envelope)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an envelope",
    note = "derive it: `#[derive(obs::Envelope)]` with one field marked `#[envelope(context)]` or `#[envelope(headers)]`"
)]
pub trait Envelope {
    /// Writes a context into the message, replacing what was there.
    fn stamp(&mut self, context: &Propagated);
    /// Returns the context that the message carries; empty where it carries none.
    fn context(&self) -> Propagated;
}

impl<E: Envelope + ?Sized> Envelope for &mut E {
    fn stamp(&mut self, context: &Propagated) {
        (**self).stamp(context);
    }

    fn context(&self) -> Propagated {
        (**self).context()
    }
}

impl<E: Envelope + ?Sized> Envelope for Box<E> {
    fn stamp(&mut self, context: &Propagated) {
        (**self).stamp(context);
    }

    fn context(&self) -> Propagated {
        (**self).context()
    }
}
