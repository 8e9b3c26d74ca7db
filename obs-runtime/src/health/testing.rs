//! Checks for the tests of this crate.

use std::sync::Arc;
use std::time::Duration;

use super::check::Check;
use super::descriptor::{CheckKind, HealthCheck, Run};
use super::report::CheckReport;
use super::status::Standing;
use crate::Health;

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
        initial_delay: Duration::ZERO,
        group: "",
        tags: &[],
        doc: "",
        module: module_path!(),
        file: file!(),
        line: line!(),
        run: Run::Async(|_| Ok(Box::pin(async { Health::healthy() }))),
    }
}

/// Makes a check of a descriptor.
pub(crate) fn leak(check: HealthCheck) -> Check {
    Check::from(&*Box::leak(Box::new(check)))
}

/// What is known of a critical check that ran at some time in 2024, and took 1.5 ms.
pub(crate) fn report(name: &'static str, kind: CheckKind, standing: Standing) -> CheckReport {
    CheckReport {
        check: Arc::new(leak(HealthCheck { kind, ..check(name) })),
        standing,
        reason: None,
        details: Vec::new(),
        passed_once: standing == Standing::Healthy,
        ran_unix_nanos: Some(1_709_251_200_000_000_000),
        since_unix_nanos: 1_709_251_140_000_000_000,
        took: Some(Duration::from_micros(1500)),
    }
}
