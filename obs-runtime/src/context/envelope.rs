//! Messages that carry a context.

use super::{Carrier, Delivery, Propagated};

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
    /// Returns what the bus tells of the message; nothing, unless the type knows.
    fn delivery(&self) -> Delivery {
        Delivery::default()
    }
}

impl<E: Envelope + ?Sized> Envelope for &mut E {
    fn stamp(&mut self, context: &Propagated) {
        (**self).stamp(context);
    }

    fn context(&self) -> Propagated {
        (**self).context()
    }

    fn delivery(&self) -> Delivery {
        (**self).delivery()
    }
}

impl<E: Envelope + ?Sized> Envelope for Box<E> {
    fn stamp(&mut self, context: &Propagated) {
        (**self).stamp(context);
    }

    fn context(&self) -> Propagated {
        (**self).context()
    }

    fn delivery(&self) -> Delivery {
        (**self).delivery()
    }
}

/// The type of a field under `#[envelope(context)]`.
#[diagnostic::on_unimplemented(
    message = "a field marked `#[envelope(context)]` is an `obs::Propagated`, and this one is `{Self}`",
    label = "write `obs::Propagated`",
    note = "headers are marked `#[envelope(headers)]`"
)]
pub trait ContextField {
    /// Writes a context into the field.
    fn write(&mut self, context: &Propagated);
    /// Returns what the field holds.
    fn read(&self) -> Propagated;
}

impl ContextField for Propagated {
    fn write(&mut self, context: &Propagated) {
        self.clone_from(context);
    }

    fn read(&self) -> Propagated {
        self.clone()
    }
}

/// The type of a field under `#[envelope(headers)]`: any carrier.
#[diagnostic::on_unimplemented(
    message = "a field marked `#[envelope(headers)]` carries headers, and `{Self}` cannot",
    label = "not an `obs::Carrier`",
    note = "implement `obs::Carrier` for it, or mark a field of type `obs::Propagated` with `#[envelope(context)]`"
)]
pub trait HeadersField {
    /// Writes a context into the headers.
    fn write(&mut self, context: &Propagated);
    /// Returns what the headers hold.
    fn read(&self) -> Propagated;
}

impl<C: Carrier> HeadersField for C {
    fn write(&mut self, context: &Propagated) {
        context.write_to(self);
    }

    fn read(&self) -> Propagated {
        Propagated::from_carrier(self)
    }
}
