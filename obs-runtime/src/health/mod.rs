//! Health checks: functions that tell whether something works, run on schedules of their own, read by probes.
//!
//! Most checks are functions under `#[health_check]`; [`Check`] is one that is registered while the program runs, and the
//! functions of this module make those that every service has use for.
//!
//! A probe reads what the last runs said. It never runs a check, never waits for one and never reaches a dependency.

// `answer` is what a check says, `descriptor` and `check` what it is; `runner` runs it once, `schedule` for ever; `status`
// is the state that results amount to, `watched` keeps it, `monitor` keeps all of them; probes read them as a `report`.
// `checks` are those that every service has use for.
mod answer;
mod check;
mod checks;
mod descriptor;
mod durations;
mod monitor;
mod report;
mod runner;
mod schedule;
mod states;
mod status;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod thread;
mod valid;
mod watched;

pub use answer::{Health, IntoHealth};
pub use check::Check;
#[doc(hidden)]
pub use check::Work;
pub use checks::{
    DiskSpace, EventLoopLag, Exporters, Free, Freshness, FreshnessAge, Http, Returned, Usage, disk_space,
    event_loop_lag, exporters, http, memory, open_files, tcp, works,
};
pub use descriptor::CheckKind;
#[doc(hidden)]
pub use descriptor::{AsyncRun, BlockingRun, HealthCheck, Run};
pub(crate) use monitor::{Monitor, duplicates, too_many};
pub(crate) use report::Question;
pub use report::{CheckReport, Probe, Report};
pub use states::State;
pub(crate) use states::{Deliveries, Delivery};
#[doc(hidden)]
pub use states::{FromStates, Missing, States};
pub use status::Standing;
pub use valid::CheckError;
