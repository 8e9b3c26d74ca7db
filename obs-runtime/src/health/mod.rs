//! Health checks: annotated functions, run on their own schedule, read by probes.

mod check;
mod states;

pub use check::{CheckKind, Health, HealthCheck, IntoHealth, Run};
pub use states::{FromStates, Missing, State, States};
