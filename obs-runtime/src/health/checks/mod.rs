//! Checks that every service has use for, each by one line.

// `dial` connects, for `tcp` and `http`; `system` asks the operating system what only C can; `figures` are numbers as people
// read them. The others are one check each.
mod dial;
mod disk;
mod event_loop;
mod exporters;
mod figures;
mod freshness;
mod http;
mod system;
mod tcp;
#[cfg(test)]
mod tests;
mod usage;
mod works;

use std::time::Duration;

pub use disk::{DiskSpace, Free, disk_space};
pub use event_loop::{EventLoopLag, event_loop_lag};
pub use exporters::{Exporters, exporters};
pub use freshness::{Freshness, FreshnessAge};
pub use http::{Http, http};
pub use tcp::tcp;
pub use usage::{Usage, memory, open_files};
pub use works::{Returned, works};

/// The time that a run of ours takes at most, so that it can say what it waited for before its check's timeout does.
fn most(timeout: Duration) -> Duration {
    timeout - (timeout / 10).min(Duration::from_millis(500))
}
