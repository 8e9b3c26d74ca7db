//! Functions of many shapes.

use telemetry::{counted, health_check, observed, timed, traced};

use crate::metrics::{FAILURES, ORDER_TIME, ORDERS, Region};

/// Is a span.
#[must_use]
#[traced(crate = ::telemetry, name = "sum", level = "debug", fields(a, second = %b, third = ?c))]
pub fn sum(a: u8, b: u8, c: Option<u8>) -> u8 {
    a + b + c.unwrap_or_default()
}

/// Is counted and timed.
///
/// # Errors
///
/// Fails in America.
#[counted(crate = ::telemetry, metric = ORDERS, region = region)]
#[timed(metric = ORDER_TIME, region = region, in_flight)]
#[timed]
pub fn place(region: Region) -> Result<(), Region> {
    match region {
        Region::Eu => Ok(()),
        Region::Us => Err(region),
    }
}

/// Waits.
///
/// # Errors
///
/// Never.
#[observed(crate = ::telemetry, root, target = "renamed")]
pub async fn wait(text: &str) -> Result<&str, ()> {
    if text.is_empty() {
        return Ok("empty");
    }
    std::future::ready(()).await;
    Ok(text)
}

/// Begins with items.
#[must_use]
#[traced(crate = ::telemetry)]
pub fn with_items() -> u8 {
    use std::convert::identity;
    const ONE: u8 = 1;
    macro_rules! two {
        () => {
            2
        };
    }
    fn add(a: u8, b: u8) -> u8 {
        a + b
    }
    add(identity(ONE), two!())
}

/// Begins with items, and waits.
#[observed(crate = ::telemetry, err)]
///
/// # Errors
///
/// Never.
pub async fn with_items_later() -> Result<u8, Error> {
    /// One.
    const ONE: u8 = 1;
    std::future::ready(()).await;
    Ok(ONE)
}

/// Begins with an item, never ends, and keeps its caller.
#[observed(crate = ::telemetry)]
#[track_caller]
pub fn with_items_for_ever() -> ! {
    const ONE: u8 = 1;
    loop {
        std::thread::park_timeout(std::time::Duration::from_secs(ONE.into()));
    }
}

/// Never returns.
#[traced(crate = ::telemetry)]
pub fn spin() -> ! {
    loop {
        std::thread::park();
    }
}

/// Never returns either.
#[observed(crate = ::telemetry)]
pub async fn pending() -> ! {
    loop {
        std::future::pending::<()>().await;
    }
}

/// Does nothing.
#[observed(crate = ::telemetry)]
pub fn nothing() {}

/// Has one expression and returns nothing.
#[traced(crate = ::telemetry)]
pub async fn one(f: impl AsyncFn()) {
    f().await;
}

/// What can go wrong.
#[derive(Debug, telemetry::ErrorType)]
#[error_type(crate = ::telemetry)]
pub enum Error {
    /// There is none.
    Missing,
    /// There are too many.
    Many(u64),
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self:?}")
    }
}

/// Says everything.
///
/// # Errors
///
/// Fails for 0.
#[traced(crate = ::telemetry, err, ret(level = "debug"), slow = "1s", sample = 1.0, error_if = Result::is_err)]
pub fn told(number: u64) -> Result<u64, Error> {
    number.checked_sub(1).ok_or(Error::Missing)
}

/// Fails, and says how.
///
/// # Errors
///
/// Always fails.
#[counted(crate = ::telemetry, metric = FAILURES)]
#[counted(crate = ::telemetry, name = "renamed_failures_total", error_type: telemetry::ErrorTypeOf<Error>)]
pub fn fail() -> Result<(), Error> {
    Err(Error::Missing)
}

/// Says everything, and waits.
///
/// # Errors
///
/// Fails for 0.
#[observed(crate = ::telemetry, err(level = "warn", Debug), ret(Display), slow = "1s", link = causes, skip(number))]
pub async fn told_later(number: u64, causes: &[telemetry::SpanContext]) -> Result<u64, Error> {
    std::future::ready(number).await.checked_sub(1).ok_or(Error::Many(number))
}

/// Has a parent, and values that are errors.
#[must_use]
#[traced(crate = ::telemetry, parent = cause, ok_if = |value: &Option<u8>| value.is_some())]
pub fn caused(cause: Option<telemetry::SpanContext>) -> Option<u8> {
    cause.map(|_| 1)
}

/// Is always well.
#[health_check(crate = ::telemetry, liveness, interval = "1m", initial_delay = "1s", group = "all", tags(well, "at-all"))]
pub async fn always() {
    std::future::ready(()).await;
}

/// Does not wait.
#[must_use]
#[health_check(crate = ::telemetry, critical)]
pub fn well() -> bool {
    true
}
