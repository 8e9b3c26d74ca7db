//! The answer to a probe: plain data, for whoever renders it.

use std::time::Duration;

use super::check::{CheckKind, HealthCheck};
use super::status::Standing;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Probe {
    /// `/livez`: must it be restarted? Liveness checks only.
    Live,
    /// `/readyz`: may it get traffic? Readiness checks only.
    Ready,
    /// `/startupz`: has it started? Startup checks only.
    Startup,
    /// `/healthz`: all of it.
    All,
}

impl Probe {
    /// Tells whether checks of a kind are part of the answer.
    pub(crate) fn includes(self, kind: CheckKind) -> bool {
        match self {
            Probe::Live => kind == CheckKind::Liveness,
            Probe::Ready => kind == CheckKind::Readiness,
            Probe::Startup => kind == CheckKind::Startup,
            Probe::All => true,
        }
    }
}

/// The answer to a probe.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    /// What was asked.
    pub(crate) probe: Probe,
    /// The checks that the answer is made of, by name.
    pub(crate) checks: Vec<CheckReport>,
}

impl Report {
    /// Tells whether the probe succeeds: no check flips it.
    pub(crate) fn passes(&self) -> bool {
        !self.checks.iter().any(CheckReport::flips)
    }
}

/// What is known of one check.
#[derive(Clone, Debug)]
pub(crate) struct CheckReport {
    /// Its descriptor.
    pub(crate) check: &'static HealthCheck,
    /// Its state.
    pub(crate) standing: Standing,
    /// Why it is not simply healthy.
    pub(crate) reason: Option<String>,
    /// Whether it passed at least once.
    pub(crate) passed_once: bool,
    /// The end of its last run, nanoseconds since the Unix epoch.
    pub(crate) ran_unix_nanos: Option<u64>,
    /// How long its last run took.
    pub(crate) took: Option<Duration>,
}

impl CheckReport {
    /// Tells whether this check alone makes its probe fail.
    ///
    /// A liveness check that is unknown does not: nobody is restarted for not having been asked yet. A startup check
    /// does until it passed once, and never again. A readiness check does only if it is critical.
    pub(crate) fn flips(&self) -> bool {
        match self.check.kind {
            CheckKind::Liveness => self.standing == Standing::Unhealthy,
            CheckKind::Readiness => {
                self.check.critical && matches!(self.standing, Standing::Unhealthy | Standing::Unknown)
            }
            CheckKind::Startup => !self.passed_once,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::testing::check;

    fn flips(kind: CheckKind, critical: bool, passed_once: bool) -> [bool; 4] {
        let check: &'static HealthCheck = Box::leak(Box::new(HealthCheck { kind, critical, ..check("any") }));
        [Standing::Unknown, Standing::Healthy, Standing::Degraded, Standing::Unhealthy].map(|standing| {
            let (reason, ran_unix_nanos, took) = (None, None, None);
            CheckReport { check, standing, reason, passed_once, ran_unix_nanos, took }.flips()
        })
    }

    #[test]
    fn what_each_state_does_to_each_probe() {
        // unknown, healthy, degraded, unhealthy
        for critical in [false, true] {
            let liveness = flips(CheckKind::Liveness, critical, false);
            assert_eq!(liveness, [false, false, false, true]);
            assert_eq!(flips(CheckKind::Startup, critical, false), [true; 4]);
            assert_eq!(flips(CheckKind::Startup, critical, true), [false; 4]);
        }
        assert_eq!(flips(CheckKind::Readiness, false, false), [false; 4]);
        assert_eq!(flips(CheckKind::Readiness, true, true), [true, false, false, true]);
    }

    #[test]
    fn a_probe_reads_the_checks_of_its_kind() {
        use CheckKind::{Liveness, Readiness, Startup};
        let read = |probe: Probe| [Liveness, Readiness, Startup].map(|kind| probe.includes(kind));
        assert_eq!(read(Probe::Live), [true, false, false]);
        assert_eq!(read(Probe::Ready), [false, true, false]);
        assert_eq!(read(Probe::Startup), [false, false, true]);
        assert_eq!(read(Probe::All), [true; 3]);
    }
}
