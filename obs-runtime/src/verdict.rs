//! What the user says about a returned value: whether it is an error, and of which type.

use std::rc::Rc;
use std::sync::Arc;

use crate::hostile::guarded;
use crate::outcome::{Outcome, Verdict};

/// OpenTelemetry's word for an error that has no name, as of a value that is an error and no `Err`.
pub(crate) const OTHER: &str = "_OTHER";

/// An error that knows the name of its kind; derived by `#[derive(obs::ErrorType)]`.
///
/// The name becomes the attribute `error.type` of the span of an annotated call that returns the error, in place of the
/// Rust type's name. It must be one of few and never hold data of the call.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say what its errors are called",
    note = "derive it: `#[derive(obs::ErrorType)]`"
)]
pub trait ErrorType {
    /// Returns the name, as in `CardDeclined`.
    fn error_type(&self) -> &'static str;
}

impl<E: ErrorType + ?Sized> ErrorType for &E {
    fn error_type(&self) -> &'static str {
        (**self).error_type()
    }
}

impl<E: ErrorType + ?Sized> ErrorType for Box<E> {
    fn error_type(&self) -> &'static str {
        (**self).error_type()
    }
}

impl<E: ErrorType + ?Sized> ErrorType for Rc<E> {
    fn error_type(&self) -> &'static str {
        (**self).error_type()
    }
}

impl<E: ErrorType + ?Sized> ErrorType for Arc<E> {
    fn error_type(&self) -> &'static str {
        (**self).error_type()
    }
}

/// A value that may hold an error: a `Result`.
#[diagnostic::on_unimplemented(
    message = "the function returns `{Self}`, which is no `Result`: there is no `Err` to name",
    note = "return a `Result`, or write a name: `error_type = \"..\"`"
)]
pub trait Fallible {
    /// The error.
    type Error;
    /// Returns the error.
    fn error(&self) -> Option<&Self::Error>;
}

impl<T, E> Fallible for Result<T, E> {
    type Error = E;

    fn error(&self) -> Option<&E> {
        self.as_ref().err()
    }
}

/// Asks the user whether the value is no error. Who panics has said nothing.
#[inline(always)]
pub fn ok_if<R>(returned: &R, verdict: Verdict, question: impl FnOnce(&R) -> bool) -> Verdict {
    verdict.overruled(guarded(|| !question(returned)))
}

/// Asks the user whether the value is an error. Who panics has said nothing.
#[inline(always)]
pub fn error_if<R>(returned: &R, verdict: Verdict, question: impl FnOnce(&R) -> bool) -> Verdict {
    verdict.overruled(guarded(|| question(returned)))
}

/// Asks the user for the name of the error's type. Who panics has said nothing.
#[inline(always)]
pub fn error_type_by<R: Fallible>(
    returned: &R,
    verdict: Verdict,
    name: impl FnOnce(&R::Error) -> &'static str,
) -> Verdict {
    match returned.error() {
        Some(error) if verdict.outcome == Outcome::Error => {
            guarded(|| name(error)).map_or(verdict, |name| verdict.of_type(name))
        }
        _ => verdict,
    }
}

impl Verdict {
    /// Puts the user's judgement, if there is one, in place of the value's own.
    fn overruled(self, is_error: Option<bool>) -> Self {
        match is_error {
            None => self,
            Some(false) => Verdict::OK,
            Some(true) => Verdict { outcome: Outcome::Error, error_type: self.error_type.or(Some(OTHER)) },
        }
    }

    /// Names the type of the error, if it is one.
    #[must_use]
    pub fn of_type(self, name: &'static str) -> Self {
        Verdict { error_type: self.error_type.map(|_| name), ..self }
    }
}
