//! Returned values that would tell a wrong outcome: refused when the program is compiled.
//!
//! As with the verdicts, method resolution decides: what is refused is found without a borrow, all else with one more.

use super::Returned;

/// Refuses a future: its making would be timed, not its work.
pub trait IsFuture {
    /// Is never called: no future is [`WorkIsDone`].
    fn done(&self)
    where
        Self: WorkIsDone;
}

/// Lets everything else pass.
pub trait IsDone {
    /// Does nothing.
    #[inline(always)]
    fn done(&self) {}
}

/// A value whose work is done when it is returned. No future is.
#[diagnostic::on_unimplemented(
    message = "the annotated function returns a future, and ends before the future's work begins",
    label = "this is a future",
    note = "write `async fn`, or return `impl Future<Output = T>`, `Pin<Box<dyn Future<Output = T>>>` or `BoxFuture<'_, T>`",
    note = "if the type is another name for `Pin<Box<dyn Future<Output = T>>>`, add `future = boxed` to the attribute"
)]
pub trait WorkIsDone {}

/// Two types that are, and nobody's: whether a type that a mistake left open is done stays open too, instead of being a
/// second error.
#[derive(Debug)]
pub enum Nobody {}

/// See [`Nobody`].
#[derive(Debug)]
pub enum NobodyElse {}

#[diagnostic::do_not_recommend]
impl WorkIsDone for Returned<'_, Nobody> {}

#[diagnostic::do_not_recommend]
impl WorkIsDone for Returned<'_, NobodyElse> {}

#[diagnostic::do_not_recommend]
impl IsVerdictFree for Returned<'_, Nobody> {}

#[diagnostic::do_not_recommend]
impl IsVerdictFree for Returned<'_, NobodyElse> {}

impl<F: Future + ?Sized> IsFuture for Returned<'_, F> {
    fn done(&self)
    where
        Self: WorkIsDone,
    {
    }
}

impl<T: ?Sized> IsDone for &Returned<'_, T> {}

/// Refuses a `Result` whose type does not show it: a body that stays in place may be left by `?`, unseen.
pub trait IsResult {
    /// Is never called: no result is [`IsVerdictFree`].
    fn plain(&self)
    where
        Self: IsVerdictFree;
}

/// Lets everything else pass.
pub trait IsPlain {
    /// Does nothing.
    #[inline(always)]
    fn plain(&self) {}
}

/// A value that tells nothing of its call.
#[diagnostic::on_unimplemented(
    message = "the annotated `#[track_caller]` function returns a `Result` under another name",
    label = "this is a `Result`",
    note = "write the type as `Result<T, E>`, or remove `#[track_caller]`"
)]
pub trait IsVerdictFree {}

impl<T, E> IsResult for Returned<'_, Result<T, E>> {
    fn plain(&self)
    where
        Self: IsVerdictFree,
    {
    }
}

impl<T: ?Sized> IsPlain for &Returned<'_, T> {}
