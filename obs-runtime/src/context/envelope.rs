//! Messages that carry a context.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Carrier, Delivery, Propagated};

/// A message that carries the context of its sender; derived by `#[derive(obs::Envelope)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an envelope",
    note = "derive it: `#[derive(obs::Envelope)]` with one field marked `#[envelope(context)]`, `#[envelope(headers)]` or \
            `#[envelope(inner)]`"
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

/// The type of a field under `#[envelope(attempt)]`: a number, or an `Option` of one.
#[diagnostic::on_unimplemented(
    message = "a field marked `#[envelope(attempt)]` is a whole number, and this one is `{Self}`",
    label = "no whole number",
    note = "write a number such as `u64`, or an `Option` of one, which counts this delivery"
)]
pub trait AttemptField {
    /// Returns how often the message was delivered, this time included; `None` where the field does not tell.
    fn attempt(&self) -> Option<u64>;

    /// Adds it to what is known.
    fn tell(&self, known: Delivery) -> Delivery {
        Delivery { attempt: self.attempt().or(known.attempt), ..known }
    }
}

macro_rules! attempts {
    ($($number:ty)*) => {
        $(
            impl AttemptField for $number {
                fn attempt(&self) -> Option<u64> {
                    u64::try_from(*self).ok()
                }
            }
        )*
    };
}

attempts!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize);

impl<T: AttemptField> AttemptField for Option<T> {
    fn attempt(&self) -> Option<u64> {
        self.as_ref()?.attempt()
    }
}

/// The type of a field under `#[envelope(message_id)]`: a text, a number, or an `Option` of one.
#[diagnostic::on_unimplemented(
    message = "a field marked `#[envelope(message_id)]` is a text or a number, and this one is `{Self}`",
    label = "neither a text nor a number",
    note = "write `String`, `u64`, or an `Option` of one"
)]
pub trait MessageIdField {
    /// Returns the id that the bus knows the message by; `None` where the field does not tell.
    fn message_id(&self) -> Option<String>;

    /// Adds it to what is known.
    fn tell(&self, known: Delivery) -> Delivery {
        Delivery { message_id: self.message_id().or(known.message_id), ..known }
    }
}

macro_rules! message_ids {
    ($($shown:ty)*) => {
        $(
            impl MessageIdField for $shown {
                fn message_id(&self) -> Option<String> {
                    Some(self.to_string()).filter(|id| !id.is_empty())
                }
            }
        )*
    };
}

message_ids!(str String Box<str> Arc<str> Cow<'_, str> u32 u64 u128 i32 i64);

impl<T: MessageIdField + ?Sized> MessageIdField for &T {
    fn message_id(&self) -> Option<String> {
        (**self).message_id()
    }
}

impl<T: MessageIdField> MessageIdField for Option<T> {
    fn message_id(&self) -> Option<String> {
        self.as_ref()?.message_id()
    }
}

/// The type of a field under `#[envelope(body)]`: bytes, of which the number is told and nothing else.
#[diagnostic::on_unimplemented(
    message = "a field marked `#[envelope(body)]` is the message's bytes, and `{Self}` is none",
    label = "no bytes",
    note = "write a type that is `AsRef<[u8]>`, such as `Vec<u8>`"
)]
pub trait BodyField {
    /// Returns how many bytes they are.
    fn size(&self) -> Option<u64>;

    /// Adds it to what is known.
    fn tell(&self, known: Delivery) -> Delivery {
        Delivery { body_size: self.size().or(known.body_size), ..known }
    }
}

impl<B: AsRef<[u8]> + ?Sized> BodyField for B {
    fn size(&self) -> Option<u64> {
        u64::try_from(self.as_ref().len()).ok()
    }
}
