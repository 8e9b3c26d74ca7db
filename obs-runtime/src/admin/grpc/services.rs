//! Which service a name stands for, and whether it serves.

use std::collections::BTreeSet;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::watch::Receiver;

use super::message::ServingStatus;
use crate::health::{CheckReport, Monitor, Probe, Question, Report, Standing};

/// The services that a list may have (`health.proto`, `List`).
const MOST_LISTED: usize = 100;

/// The name of the liveness probe.
pub(super) const LIVENESS: &str = "liveness";

/// The names that stand for probes.
const PROBES: [(&str, Probe); 4] =
    [("", Probe::Ready), (LIVENESS, Probe::Live), ("readiness", Probe::Ready), ("startup", Probe::Startup)];

/// Where the answers come from.
#[derive(Clone, Debug)]
pub(super) enum Services {
    /// Without a running `obs` there are no checks, and every probe succeeds.
    Idle,
    /// Lives no longer than who runs the checks.
    Of(Weak<Monitor>),
}

/// The checks are not run any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ShutDown;

/// How a service stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stands {
    /// `None` where there is no such service.
    pub(super) serving: Option<ServingStatus>,
    /// The time within which its results may become too old without anybody saying so; `None` if it has no checks.
    pub(super) look_again: Option<Duration>,
    /// The program is about to end.
    pub(super) is_leaving: bool,
}

impl Services {
    fn report(&self, question: &Question) -> Result<Report, ShutDown> {
        match self {
            Services::Idle => Ok(Report::empty(question.probe)),
            Services::Of(monitor) => Ok(monitor.upgrade().ok_or(ShutDown)?.report(question)),
        }
    }

    /// Returns what changes when an answer may have changed; `None` if none will.
    pub(super) fn changes(&self) -> Result<Option<Receiver<u64>>, ShutDown> {
        match self {
            Services::Idle => Ok(None),
            Services::Of(monitor) => Ok(Some(monitor.upgrade().ok_or(ShutDown)?.changes())),
        }
    }

    /// Tells how a service stands. A probe's name is a probe, then comes that of a group, then that of a check.
    pub(super) fn stands(&self, name: &str) -> Result<Stands, ShutDown> {
        if let Some((_, probe)) = PROBES.iter().find(|(own, _)| *own == name) {
            let report = self.report(&(*probe).into())?;
            return Ok(Stands::of(&report, Some(report.passes().into())));
        }
        let all = Question::from(Probe::All);
        let group = self.report(&Question { groups: vec![name.to_owned()], ..all.clone() })?;
        if !group.checks.is_empty() {
            return Ok(Stands::of(&group, Some(group.passes().into())));
        }
        let check = self.report(&Question { only: Some(name.to_owned()), ..all })?;
        Ok(Stands::of(&check, check.checks.first().map(alone)))
    }

    /// Returns every service by name; `None` if there are more than a list may have.
    pub(super) fn list(&self) -> Result<Option<Vec<(String, ServingStatus)>>, ShutDown> {
        let all = self.report(&Probe::All.into())?;
        let mut names: BTreeSet<&str> = PROBES.iter().map(|(name, _)| *name).collect();
        for report in &all.checks {
            names.insert(report.name());
            names.insert(&report.check.group); // the empty one is there anyhow
            if names.len() > MOST_LISTED {
                return Ok(None);
            }
        }
        let mut list = Vec::with_capacity(names.len());
        for name in names {
            // One may have been removed just now.
            list.extend(self.stands(name)?.serving.map(|serving| (name.to_owned(), serving)));
        }
        Ok(Some(list))
    }
}

impl From<&Arc<Monitor>> for Services {
    fn from(monitor: &Arc<Monitor>) -> Self {
        Services::Of(Arc::downgrade(monitor))
    }
}

impl Stands {
    fn of(report: &Report, serving: Option<ServingStatus>) -> Self {
        let look_again = report.checks.iter().map(|c| c.check.interval).min();
        Stands { serving, look_again, is_leaving: report.is_leaving }
    }
}

/// How a check stands by itself, critical or not: who asks for one wants to know of it.
fn alone(report: &CheckReport) -> ServingStatus {
    match report.standing {
        Standing::Healthy | Standing::Degraded => ServingStatus::Serving,
        Standing::Unhealthy => ServingStatus::NotServing,
        Standing::Unknown => ServingStatus::Unknown,
    }
}
