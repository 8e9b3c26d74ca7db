//! The answer to a probe: plain data, for whoever renders it.

use std::sync::Arc;
use std::time::Duration;

use super::check::Check;
use super::descriptor::CheckKind;
use super::status::Standing;
use crate::record::Attribute;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
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
    fn includes(self, kind: CheckKind) -> bool {
        match self {
            Probe::Live => kind == CheckKind::Liveness,
            Probe::Ready => kind == CheckKind::Readiness,
            Probe::Startup => kind == CheckKind::Startup,
            Probe::All => true,
        }
    }

    /// Tells whether the answer is no once the end is near.
    fn minds_leaving(self) -> bool {
        matches!(self, Probe::Ready | Probe::All)
    }
}

/// A probe, and which of its checks are asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) probe: Probe,
    /// The only one.
    pub(crate) only: Option<String>,
    /// All but these.
    pub(crate) exclude: Vec<String>,
    /// Those of these groups; empty for all.
    pub(crate) groups: Vec<String>,
    /// Those with one of these tags; empty for all.
    pub(crate) tags: Vec<String>,
}

impl From<Probe> for Question {
    fn from(probe: Probe) -> Self {
        Question { probe, only: None, exclude: Vec::new(), groups: Vec::new(), tags: Vec::new() }
    }
}

impl Question {
    /// Tells whether a check is part of the answer.
    pub(crate) fn includes(&self, check: &Check) -> bool {
        let any = |wanted: &[String], has: &dyn Fn(&str) -> bool| {
            wanted.is_empty() || wanted.iter().any(|wanted| has(wanted))
        };
        self.probe.includes(check.kind)
            && self.only.as_ref().is_none_or(|only| *only == check.name)
            && !self.exclude.iter().any(|name| *name == check.name)
            && any(&self.groups, &|group| check.group == group)
            && any(&self.tags, &|tag| check.tags.iter().any(|own| own == tag))
    }

    /// Tells whether a part of the probe's checks is asked, and not all of them.
    pub(crate) fn is_partial(&self) -> bool {
        self.only.is_some() || !self.groups.is_empty() || !self.tags.is_empty()
    }
}

/// The answer to a probe.
#[derive(Clone, Debug)]
pub struct Report {
    pub(crate) probe: Probe,
    /// By name.
    pub(crate) checks: Vec<CheckReport>,
    /// The program is about to end.
    pub(crate) is_leaving: bool,
}

impl Report {
    /// Tells whether the probe succeeds: no check makes it fail, and no shutdown has begun where that matters.
    pub fn passes(&self) -> bool {
        !self.is_refused() && !self.checks.iter().any(CheckReport::flips)
    }

    /// Makes one without checks.
    pub(crate) const fn empty(probe: Probe) -> Self {
        Report { probe, checks: Vec::new(), is_leaving: false }
    }

    /// Returns the checks that the answer is made of, by name.
    pub fn checks(&self) -> &[CheckReport] {
        &self.checks
    }

    /// Returns what was asked.
    pub fn probe(&self) -> Probe {
        self.probe
    }

    /// Tells whether it fails because the program is about to end.
    pub fn is_refused(&self) -> bool {
        self.is_leaving && self.probe.minds_leaving()
    }
}

/// What is known of one check.
#[derive(Clone, Debug)]
pub struct CheckReport {
    pub(crate) check: Arc<Check>,
    pub(crate) standing: Standing,
    pub(crate) reason: Option<String>,
    pub(crate) details: Vec<Attribute>,
    pub(crate) passed_once: bool,
    /// The end of its last run, nanoseconds since the Unix epoch.
    pub(crate) ran_unix_nanos: Option<u64>,
    /// Since when it is in this state.
    pub(crate) since_unix_nanos: u64,
    pub(crate) took: Option<Duration>,
}

impl CheckReport {
    /// Returns its name.
    pub fn name(&self) -> &str {
        &self.check.name
    }

    /// Returns which probes it speaks to.
    pub fn kind(&self) -> CheckKind {
        self.check.kind
    }

    /// Tells whether a readiness check makes its probe fail.
    pub fn is_critical(&self) -> bool {
        self.check.critical
    }

    /// Returns its state.
    pub fn standing(&self) -> Standing {
        self.standing
    }

    /// Returns why it is not simply healthy.
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// Returns what its last run saw.
    pub fn details(&self) -> &[Attribute] {
        &self.details
    }

    /// Returns how long its last run took.
    pub fn took(&self) -> Option<Duration> {
        self.took
    }

    /// Tells whether this check alone makes its probe fail.
    ///
    /// A liveness check that is unknown does not: nobody is restarted for not having been asked yet. A startup check
    /// does until it passed once, and never again. A readiness check does only if it is critical.
    pub fn flips(&self) -> bool {
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
    use crate::health::testing::report;

    fn flips(kind: CheckKind, critical: bool, passed_once: bool) -> [bool; 4] {
        [Standing::Unknown, Standing::Healthy, Standing::Degraded, Standing::Unhealthy].map(|standing| {
            let mut report = report("any", kind, standing);
            Arc::make_mut(&mut report.check).critical = critical;
            CheckReport { passed_once, ..report }.flips()
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

    #[test]
    fn once_the_end_is_near_it_is_alive_and_not_ready() {
        let passes = |probe| Report { probe, checks: Vec::new(), is_leaving: true }.passes();
        assert_eq!(
            [Probe::Live, Probe::Ready, Probe::Startup, Probe::All].map(passes),
            [true, false, true, false]
        );
    }

    #[test]
    fn checks_are_asked_for_by_name_group_and_tag() {
        let check = Check::new("db", async || ()).group("storage").tag("eu").tag("external");
        let all = Question::from(Probe::Ready);
        let of = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert!(all.includes(&check) && !all.is_partial());
        assert!(!Question::from(Probe::Live).includes(&check));
        assert!(Question { only: Some("db".to_owned()), ..all.clone() }.includes(&check));
        assert!(!Question { only: Some("bus".to_owned()), ..all.clone() }.includes(&check));
        assert!(!Question { exclude: of(&["bus", "db"]), ..all.clone() }.includes(&check));
        assert!(Question { groups: of(&["other", "storage"]), ..all.clone() }.includes(&check));
        assert!(!Question { groups: of(&["other"]), ..all.clone() }.includes(&check));
        assert!(
            Question { tags: of(&["us", "eu"]), groups: of(&["storage"]), ..all.clone() }.includes(&check)
        );
        assert!(!Question { tags: of(&["us"]), ..all }.includes(&check));
    }
}
