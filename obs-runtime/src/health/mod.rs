//! Health checks: annotated functions, run on their own schedule, read by probes.
//!
//! `check` says what a check is, `runner` runs one once, `scheduler` does so for ever and keeps the results as `status`,
//! probes read them as a `report`. A probe never runs a check.

mod check;
mod durations;
mod report;
mod runner;
mod scheduler;
mod states;
mod status;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub use check::{AsyncRun, BlockingRun, CheckKind, Health, HealthCheck, IntoHealth, Run};
pub(crate) use report::{CheckReport, Probe, Report};
pub(crate) use scheduler::{Monitor, duplicates};
pub use states::{FromStates, Missing, State, States};
pub(crate) use status::Standing;
