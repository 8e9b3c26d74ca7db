//! What who asks sees of a report.

use crate::health::{CheckKind, CheckReport, Probe, Report, Standing};
use crate::one_line::one_line;

/// What stands in the place of a reason that is not for everybody.
const WITHHELD: &str = "reason withheld";

/// Why nothing is well at the end.
pub(super) const LEAVING: &str = "the process is about to end";

/// A report, without what was excluded and what is not for who asks.
pub(super) struct View {
    pub(super) probe: Probe,
    /// What counts.
    pub(super) checks: Vec<CheckReport>,
    /// Names of checks that do not count this time.
    pub(super) excluded: Vec<String>,
    /// Names that were to be excluded and are no check's.
    pub(super) unmatched: Vec<String>,
    /// A shutdown has begun, which makes the probe fail.
    pub(super) is_refused: bool,
    is_named: bool,
    tells_all: bool,
}

impl View {
    /// Makes it of what was reported and the names that were to be excluded; `is_named` says that one check was asked for by its
    /// name, and `tells_all` shows reasons and details.
    pub(super) fn of(report: Report, mut exclude: Vec<String>, is_named: bool, tells_all: bool) -> Self {
        let is_refused = report.is_refused();
        let (left_out, checks): (Vec<_>, Vec<_>) =
            report.checks.into_iter().partition(|check| exclude.iter().any(|name| name == check.name()));
        let excluded: Vec<_> = left_out.iter().map(|check| check.name().to_owned()).collect();
        exclude.retain(|name| !excluded.contains(name));
        exclude.sort_unstable();
        exclude.dedup();
        View { probe: report.probe, checks, excluded, unmatched: exclude, is_refused, is_named, tells_all }
    }

    /// Tells whether the probe succeeds.
    pub(super) fn passes(&self) -> bool {
        !self.is_refused && !self.checks.iter().any(|check| self.flips(check))
    }

    /// Tells whether this check alone makes the probe fail. Who names one asks for it: it counts as a critical one does.
    pub(super) fn flips(&self, check: &CheckReport) -> bool {
        let is_off = || matches!(check.standing, Standing::Unhealthy | Standing::Unknown);
        check.flips() || (self.is_named && check.kind() == CheckKind::Readiness && is_off())
    }

    /// Returns why a check is not simply healthy, if it says so and as far as that is to be seen.
    pub(super) fn reason<'a>(&self, check: &'a CheckReport) -> Option<&'a str> {
        let reason = check.reason.as_deref()?;
        Some(if self.tells_all { reason } else { WITHHELD })
    }

    /// Tells whether details are to be seen.
    pub(super) fn has_details(&self) -> bool {
        self.tells_all
    }

    /// Returns one text for each cause of a failure: `shutdown: ...`, `database: connection refused`.
    pub(super) fn causes(&self) -> Vec<String> {
        let shutdown = self.is_refused.then(|| format!("shutdown: {LEAVING}"));
        let of_checks = self.checks.iter().filter(|check| self.flips(check)).map(|check| self.cause(check));
        shutdown.into_iter().chain(of_checks).collect()
    }

    /// Returns a check's name and reason; where that is not to be seen, its state instead.
    pub(super) fn cause(&self, check: &CheckReport) -> String {
        match (&check.reason, check.standing.as_str()) {
            (Some(reason), _) if self.tells_all => format!("{}: {}", check.name(), one_line(reason)),
            (Some(_), state) => format!("{}: {state}, {WITHHELD}", check.name()),
            (None, state) => format!("{}: {state}", check.name()),
        }
    }

    /// Tells whether it is not as it should be and the probe succeeds all the same.
    pub(super) fn is_off(check: &CheckReport) -> bool {
        check.standing != Standing::Healthy
    }
}
