//! Checks for the tests of this crate.

use std::time::Duration;

use super::check::{CheckKind, Health, HealthCheck, Run};

/// A critical readiness check that passes: every second, 500 ms to answer, no hysteresis.
pub(crate) const fn check(name: &'static str) -> HealthCheck {
    HealthCheck {
        name,
        kind: CheckKind::Readiness,
        critical: true,
        interval: Duration::from_secs(1),
        timeout: Duration::from_millis(500),
        failures: 1,
        successes: 1,
        doc: "",
        module: module_path!(),
        file: file!(),
        line: line!(),
        run: Run::Async(|_| Ok(Box::pin(async { Health::Healthy }))),
    }
}
