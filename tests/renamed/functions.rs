//! Functions of many shapes.

use telemetry::{counted, health_check, observed, timed, traced};

use crate::metrics::{ORDER_TIME, ORDERS, Region};

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

/// Is always well.
#[health_check(crate = ::telemetry, liveness, interval = "1m")]
pub async fn always() {
    std::future::ready(()).await;
}

/// Does not wait.
#[must_use]
#[health_check(crate = ::telemetry, critical)]
pub fn well() -> bool {
    true
}
