//! A returned value that is asked for its verdict.
//!
//! Which answer is given, method resolution decides: it looks at the first wrapper, then at the one inside, and takes the
//! first whose own method fits the value's type. No trait has to be in scope where the question is asked.

use std::any::type_name;
use std::marker::PhantomData;
use std::ops::Deref;

use futures_core::Stream;

use super::{Outcome, Verdict};
use crate::hostile::guarded;
use crate::verdict::ErrorType;

/// The value came from the function itself: a future would mean that the work has not begun.
#[derive(Debug)]
pub enum Now {}

/// The value was awaited: a future is a value like any other.
#[derive(Debug)]
pub enum Awaited {}

/// Asks a value that a function returned.
#[inline(always)]
pub const fn returned<R>(value: &R) -> Named<'_, R, Now> {
    Named(Failing(Working(Streaming(Anything(value), PhantomData))))
}

/// Asks a value that was awaited.
#[inline(always)]
pub const fn awaited<R>(value: &R) -> Named<'_, R, Awaited> {
    Named(Failing(Working(Streaming(Anything(value), PhantomData))))
}

/// Answers for a `Result` whose error names its type.
#[derive(Debug)]
pub struct Named<'a, R, When>(Failing<'a, R, When>);

/// Answers for any other `Result`.
#[derive(Debug)]
pub struct Failing<'a, R, When>(Working<'a, R, When>);

/// Refuses a future that was not awaited.
#[derive(Debug)]
pub struct Working<'a, R, When>(Streaming<'a, R, When>);

/// Refuses a stream that was not awaited.
#[derive(Debug)]
pub struct Streaming<'a, R, When>(Anything<'a, R>, PhantomData<When>);

/// Answers for everything else.
#[derive(Debug)]
pub struct Anything<'a, R>(&'a R);

impl<'a, R, When> Deref for Named<'a, R, When> {
    type Target = Failing<'a, R, When>;

    #[inline(always)]
    fn deref(&self) -> &Failing<'a, R, When> {
        &self.0
    }
}

impl<'a, R, When> Deref for Failing<'a, R, When> {
    type Target = Working<'a, R, When>;

    #[inline(always)]
    fn deref(&self) -> &Working<'a, R, When> {
        &self.0
    }
}

impl<'a, R, When> Deref for Working<'a, R, When> {
    type Target = Streaming<'a, R, When>;

    #[inline(always)]
    fn deref(&self) -> &Streaming<'a, R, When> {
        &self.0
    }
}

impl<'a, R, When> Deref for Streaming<'a, R, When> {
    type Target = Anything<'a, R>;

    #[inline(always)]
    fn deref(&self) -> &Anything<'a, R> {
        &self.0
    }
}

impl<T, E: ErrorType, When> Named<'_, Result<T, E>, When> {
    /// Returns `error` for `Err`, with the name that the error gives.
    #[inline]
    pub fn verdict(&self) -> Verdict {
        let name = |error: &E| guarded(|| error.error_type()).unwrap_or_else(type_name::<E>);
        match self.0.0.0.0.0 {
            Ok(_) => Verdict::OK,
            Err(error) => Verdict { outcome: Outcome::Error, error_type: Some(name(error)) },
        }
    }
}

impl<'a, T, E, When> Failing<'a, Result<T, E>, When> {
    /// Returns `error` for `Err`, with the error's type as `error.type`.
    #[inline]
    pub fn verdict(&self) -> Verdict {
        match self.0.0.0.0 {
            Ok(_) => Verdict::OK,
            Err(_) => Verdict { outcome: Outcome::Error, error_type: Some(type_name::<E>()) },
        }
    }

    /// Returns what `ret` records: the value of `Ok`.
    pub fn recorded(&self) -> Option<&'a T> {
        self.0.0.0.0.as_ref().ok()
    }

    /// Refuses a `Result` whose type does not show it: a body that stays in place may be left by `?`, unseen.
    pub fn plain(&self)
    where
        Self: IsVerdictFree,
    {
    }
}

impl<F: Future> Working<'_, F, Now> {
    /// Refuses a future: its making would be timed, not its work.
    pub fn verdict(&self) -> Verdict
    where
        Self: WorkIsDone,
    {
        Verdict::OK
    }

    /// Refuses a future.
    pub fn plain(&self)
    where
        Self: WorkIsDone,
    {
    }
}

impl<S: Stream> Streaming<'_, S, Now> {
    /// Refuses a stream: its making would be timed, not its work.
    pub fn verdict(&self) -> Verdict
    where
        Self: ItemsAreOut,
    {
        Verdict::OK
    }

    /// Refuses a stream.
    pub fn plain(&self)
    where
        Self: ItemsAreOut,
    {
    }
}

impl<'a, R> Anything<'a, R> {
    /// Returns `ok`.
    #[inline(always)]
    pub fn verdict(&self) -> Verdict {
        Verdict::OK
    }

    /// Returns what `ret` records: the value.
    pub fn recorded(&self) -> Option<&'a R> {
        Some(self.0)
    }

    /// Lets the value pass.
    #[inline(always)]
    pub fn plain(&self) {}
}

/// A value whose work is done when it is returned. No future is.
#[diagnostic::on_unimplemented(
    message = "the annotated function returns a future, and ends before the future's work begins",
    label = "this is a future",
    note = "write `async fn`, or return `impl Future<Output = T>`, `Pin<Box<dyn Future<Output = T>>>` or `BoxFuture<'_, T>`",
    note = "if the type is another name for `Pin<Box<dyn Future<Output = T>>>`, add `future = boxed` to the attribute"
)]
pub trait WorkIsDone {}

/// A value whose items are out when it is returned. No stream is.
#[diagnostic::on_unimplemented(
    message = "the annotated function returns a stream, and ends before the stream's work begins",
    label = "this is a stream",
    note = "return `impl Stream<Item = T>`, `Pin<Box<dyn Stream<Item = T>>>` or `BoxStream<'_, T>`; or annotate the \
            function that reads the stream"
)]
pub trait ItemsAreOut {}

/// A value that tells nothing of its call.
#[diagnostic::on_unimplemented(
    message = "the annotated `#[track_caller]` function returns a `Result` under another name",
    label = "this is a `Result`",
    note = "write the type as `Result<T, E>`, or remove `#[track_caller]`"
)]
pub trait IsVerdictFree {}

/// Two types that are nobody's: whether a type that a mistake left open is done stays open too, instead of being a second
/// error.
#[derive(Debug)]
pub enum Nobody {}

/// See [`Nobody`].
#[derive(Debug)]
pub enum NobodyElse {}

#[diagnostic::do_not_recommend]
impl WorkIsDone for Working<'_, Nobody, Now> {}

#[diagnostic::do_not_recommend]
impl WorkIsDone for Working<'_, NobodyElse, Now> {}

#[diagnostic::do_not_recommend]
impl ItemsAreOut for Streaming<'_, Nobody, Now> {}

#[diagnostic::do_not_recommend]
impl ItemsAreOut for Streaming<'_, NobodyElse, Now> {}

#[diagnostic::do_not_recommend]
impl<When> IsVerdictFree for Failing<'_, Nobody, When> {}

#[diagnostic::do_not_recommend]
impl<When> IsVerdictFree for Failing<'_, NobodyElse, When> {}
