//! The static that `#[health_check]` leaves.

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use super::answer::Health;
use super::states::{Missing, States};

/// The static descriptor of a function under `#[health_check]`.
#[derive(Debug)]
pub struct HealthCheck {
    /// The name, unique in the program.
    pub name: &'static str,
    /// Which probes it speaks to.
    pub kind: CheckKind,
    /// Whether its failure makes `/readyz` fail; a readiness check that is not critical is only shown. Liveness and
    /// startup checks always count.
    pub critical: bool,
    /// Time from the end of one run to the start of the next.
    pub interval: Duration,
    /// A run that takes longer has failed.
    pub timeout: Duration,
    /// This many failures in a row make it unhealthy.
    pub failures: u32,
    /// This many successes in a row make it healthy again.
    pub successes: u32,
    /// The time before its first run.
    pub initial_delay: Duration,
    /// The group that it belongs to, by which it can be asked for; empty for none.
    pub group: &'static str,
    /// Words by which it can be asked for.
    pub tags: &'static [&'static str],
    /// The doc comment's first paragraph.
    pub doc: &'static str,
    /// The module.
    pub module: &'static str,
    /// The file.
    pub file: &'static str,
    /// The line.
    pub line: u32,
    /// Runs it.
    pub run: Run,
}

/// Which probes a check speaks to, as Kubernetes has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckKind {
    /// `/livez`: restart me.
    Liveness,
    /// `/readyz`: send me no traffic.
    Readiness,
    /// `/startupz`: I am still starting.
    Startup,
}

impl CheckKind {
    /// Returns the lower-case name, as in the `kind` label.
    pub const fn as_str(self) -> &'static str {
        match self {
            CheckKind::Liveness => "liveness",
            CheckKind::Readiness => "readiness",
            CheckKind::Startup => "startup",
        }
    }
}

/// A run of an async check.
pub type AsyncRun = Pin<Box<dyn Future<Output = Health> + Send>>;

/// A run of a synchronous check.
pub type BlockingRun = Box<dyn FnOnce() -> Health + Send>;

/// How a check is run.
#[derive(Clone, Copy)]
pub enum Run {
    /// An async function.
    Async(fn(&States) -> Result<AsyncRun, Missing>),
    /// A synchronous function; it may block, and runs where it may.
    Blocking(fn(&States) -> Result<BlockingRun, Missing>),
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Run::Async(_) => "Async",
            Run::Blocking(_) => "Blocking",
        })
    }
}

/// Holds what registers a function: the macro that generated code calls. Where functions of an `impl` block are, there is
/// no place for a nameless constant; the compiler then names this macro, whose name says what to do.
#[doc(hidden)]
#[macro_export]
macro_rules! __obs_functions_of_an_impl_block_need_health_checks_on_the_block {
    ($($registration:tt)*) => {
        const _: () = { $($registration)* };
    };
}
