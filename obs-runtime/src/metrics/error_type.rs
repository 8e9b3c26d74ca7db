//! The label `error_type`: which error ended a call, by name.

use std::fmt;
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::Arc;

use crate::verdict::{ErrorType, OTHER};

/// An error all of whose names are known when the program is compiled; derived by `#[derive(obs::ErrorType)]`.
///
/// The names are values of a label: few, none empty, none twice and none `_OTHER`, which stands for everything that
/// [`ErrorType::error_type`] returns and is not among them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say which names its errors have",
    label = "its names are not known when the program is compiled",
    note = "derive them: `#[derive(obs::ErrorType)]`; beside an `obs::ErrorType` written by hand, write `impl \
            obs::ErrorNames for {Self} {{ const NAMES: &'static [&'static str] = &[..]; }}`"
)]
pub trait ErrorNames: ErrorType {
    /// Every name.
    const NAMES: &'static [&'static str];
}

impl<E: ErrorNames + ?Sized> ErrorNames for &E {
    const NAMES: &'static [&'static str] = E::NAMES;
}

impl<E: ErrorNames + ?Sized> ErrorNames for Box<E> {
    const NAMES: &'static [&'static str] = E::NAMES;
}

impl<E: ErrorNames + ?Sized> ErrorNames for Rc<E> {
    const NAMES: &'static [&'static str] = E::NAMES;
}

impl<E: ErrorNames + ?Sized> ErrorNames for Arc<E> {
    const NAMES: &'static [&'static str] = E::NAMES;
}

/// The type of a metric's label `error_type`, which annotated calls fill in when they end.
///
/// `error_type: obs::ErrorTypeOf<OrderError>` in `metrics!` or in `#[counted(name = ..)]`. The label is absent from calls
/// that ended `ok`, as OpenTelemetry's conventions have it for `error.type`; its values are the names of the error, and
/// `_OTHER` for everything else: a name that is not among them, a panic, a cancelled call. There are no values of this type.
pub struct ErrorTypeOf<E: ?Sized>(PhantomData<fn(&E)>);

impl<E: ?Sized> fmt::Debug for ErrorTypeOf<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ErrorTypeOf")
    }
}

/// What the label `error_type` is declared as.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not what the label `error_type` can be: annotated calls fill it in",
    label = "not an `ErrorTypeOf`",
    note = "write `error_type: obs::ErrorTypeOf<TheError>`, or rename the label"
)]
pub trait ErrorLabel {
    /// The names of the error.
    const NAMES: &'static [&'static str];
}

impl<E: ErrorNames + ?Sized> ErrorLabel for ErrorTypeOf<E> {
    const NAMES: &'static [&'static str] = E::NAMES;
}

/// Tells whether each name makes a series of its own: an empty label is none, and `_OTHER` is everything not listed.
pub const fn are_labels(names: &[&str]) -> bool {
    let mut rest = names;
    while let [name, others @ ..] = rest {
        if name.is_empty() || same(name.as_bytes(), OTHER.as_bytes()) || is_among(name, others) {
            return false;
        }
        rest = others;
    }
    true
}

const fn is_among(name: &str, mut names: &[&str]) -> bool {
    while let [other, rest @ ..] = names {
        if same(name.as_bytes(), other.as_bytes()) {
            return true;
        }
        names = rest;
    }
    false
}

/// A constant cannot compare texts.
const fn same(mut a: &[u8], mut b: &[u8]) -> bool {
    while let ([x, a_rest @ ..], [y, b_rest @ ..]) = (a, b) {
        if *x != *y {
            return false;
        }
        (a, b) = (a_rest, b_rest);
    }
    a.is_empty() && b.is_empty()
}
