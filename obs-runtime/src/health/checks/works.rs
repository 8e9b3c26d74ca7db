//! Whether the program's own logic gives what it should.

use std::fmt::{self, Debug, Display, Write};
use std::sync::Arc;

use crate::Health;
use crate::health::check::Check;
use crate::record::Text;

/// The bytes of a value that are shown.
const MOST: usize = 128;

/// What the closure of [`works`] may return: the value, or a `Result` of it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be compared with the expected `{T}`",
    note = "return the value, or a `Result` of it with an error that is `Display`"
)]
pub trait Returned<T> {
    /// Returns the value, or why there is none.
    fn returned(self) -> Result<T, String>;
}

impl<T> Returned<T> for T {
    fn returned(self) -> Result<T, String> {
        Ok(self)
    }
}

impl<T, E: Display> Returned<T> for Result<T, E> {
    fn returned(self) -> Result<T, String> {
        self.map_err(|error| error.to_string())
    }
}

/// Makes a check that the program's own logic works: an async closure that returns what is `expected`.
///
/// It may return a `Result`: then its value is compared, and an error is the reason. (Where the error can be compared, too,
/// what is expected may be `Ok(42)` or an `Err`.) Another value than the one expected is unhealthy, as in `returned 41 in place of
/// 42`, texts cut after 128 bytes: compare what may be shown. Runs on the program's runtime.
///
/// ```
/// # extern crate obs_runtime as obs;
/// use obs::health::works;
///
/// async fn price(sku: &str) -> Result<u32, std::io::Error> {
/// #   assert_eq!(sku, "tea");
///     Ok(42)
/// }
///
/// let builder = obs::builder().health_check(works("prices", || price("tea"), 42).critical());
/// # let _ = builder;
/// ```
pub fn works<F, R, T>(name: impl Into<Text>, run: F, expected: T) -> Check
where
    F: Fn() -> R + Send + Sync + 'static,
    R: Future<Output: Returned<T>> + Send + 'static,
    T: PartialEq + Debug + Send + Sync + 'static,
{
    let expected = Arc::new(expected);
    Check::new(name, move || {
        let (run, expected) = (run(), Arc::clone(&expected));
        async move {
            match run.await.returned() {
                Ok(value) if value == *expected => Health::healthy(),
                Ok(value) => {
                    Health::unhealthy(format!("returned {} in place of {}", shown(&value), shown(&*expected)))
                }
                Err(error) => Health::unhealthy(error),
            }
        }
    })
}

/// Writes a value, of which no more is made than is shown.
fn shown(value: &impl Debug) -> String {
    let mut text = Cut(String::new());
    match write!(text, "{value:?}") {
        Ok(()) => text.0,
        Err(_full_or_its_own) => text.0 + "…",
    }
}

/// A text that takes so much and no more.
struct Cut(String);

impl Write for Cut {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = MOST.saturating_sub(self.0.len());
        let fits = text.get(..text.floor_char_boundary(room)).unwrap_or_default();
        self.0.push_str(fits);
        if fits.len() < text.len() { Err(fmt::Error) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests;
