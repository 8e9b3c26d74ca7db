//! How much the process uses of what it may.

use std::io;
use std::sync::Arc;

use super::figures::{bytes, percent, refuse_shares};
use crate::Health;
use crate::health::check::{Check, Work};
use crate::record::Text;
use crate::sources::Saturation;

/// What [`memory`] and [`open_files`] look at.
#[derive(Clone, Debug)]
pub struct Usage {
    of: Resource,
    degraded: f64,
    unhealthy: f64,
}

#[derive(Clone, Copy, Debug)]
enum Resource {
    Memory,
    OpenFiles,
}

/// What is used, and what may be.
pub(super) struct Used {
    used: f64,
    /// Infinity for no limit.
    limit: f64,
    /// Whose limit it is.
    whose: &'static str,
}

/// Makes a check that there is memory left: degraded above 80 % and unhealthy above 95 % of the limit of the control group
/// (versions 1 and 2, the tightest on the way to the root), else of the address space, else of what the machine has.
///
/// In a control group all of its memory counts, without the files that the kernel gives back when it needs room: the figures
/// are those of `process_saturation_ratio`. Else it is the address space in use, or the resident memory against the machine's.
/// Linux only: on other systems it is degraded. Details: `used_bytes`, `limit_bytes`, `used_ratio`, `limit_of`.
///
/// ```
/// # extern crate obs_runtime as obs;
/// let builder = obs::builder().health_check(obs::health::memory("memory").unhealthy_above(0.9));
/// # let _ = builder;
/// ```
pub fn memory(name: impl Into<Text>) -> Check<Usage> {
    of(name, Resource::Memory)
}

/// Makes a check that the process may open more files: degraded above 80 % and unhealthy above 95 % of the soft limit
/// (`RLIMIT_NOFILE`). Sockets are files.
///
/// Linux only: on other systems it is degraded. Details: `open`, `limit`, `used_ratio`.
///
/// ```
/// # extern crate obs_runtime as obs;
/// let builder = obs::builder().health_check(obs::health::open_files("open_files").critical());
/// # let _ = builder;
/// ```
pub fn open_files(name: impl Into<Text>) -> Check<Usage> {
    of(name, Resource::OpenFiles)
}

fn of(name: impl Into<Text>, of: Resource) -> Check<Usage> {
    Check::of(name, Usage { of, degraded: 0.8, unhealthy: 0.95 })
}

impl Check<Usage> {
    /// Sets above which share of the limit it is degraded; 0.8.
    pub fn degraded_above(mut self, share: f64) -> Self {
        self.work.degraded = share;
        self
    }

    /// Sets above which share of the limit it is unhealthy; 0.95.
    pub fn unhealthy_above(mut self, share: f64) -> Self {
        self.work.unhealthy = share;
        self
    }
}

impl From<Check<Usage>> for Check {
    fn from(check: Check<Usage>) -> Check {
        check.into_work(|usage| usage.work(Saturation::own()))
    }
}

impl Usage {
    pub(super) fn work(self, source: Saturation) -> Result<Work, String> {
        let Usage { degraded, unhealthy, .. } = self;
        refuse_shares(["degraded_above", "unhealthy_above"], [degraded, unhealthy])?;
        if degraded > unhealthy {
            return Err(format!(
                "it would be unhealthy above {unhealthy} before it is degraded above {degraded}; lower the second"
            ));
        }
        let source = Arc::new(source);
        Ok(Work::own(move |_, _| Ok(std::future::ready(self.look(&source)))))
    }

    fn look(&self, source: &Saturation) -> Health {
        let used = match self.of {
            Resource::Memory => {
                let memory = source.memory().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound));
                memory.map(|(memory, whose)| Used { used: memory.used, limit: memory.limit, whose })
            }
            Resource::OpenFiles => source.files().map(|(used, limit)| Used { used, limit, whose: "process" }),
        };
        match used {
            Ok(used) => self.judge(&used),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Health::degraded("not known on this system")
            }
            Err(error) => Health::unhealthy(format!("no file can be opened: {error}")),
        }
    }

    pub(super) fn judge(&self, &Used { used, limit, whose }: &Used) -> Health {
        let share = used / limit; // 0 of infinity
        let reason = |most: f64| {
            let (share, most) = (percent(share), percent(most));
            match self.of {
                Resource::Memory => {
                    let (used, limit) = (bytes(used), bytes(limit));
                    format!("{used} of {limit} memory used, {share}, above {most}")
                }
                Resource::OpenFiles => format!("{used} of {limit} files open, {share}, above {most}"),
            }
        };
        let health = if share > self.unhealthy {
            Health::unhealthy(reason(self.unhealthy))
        } else if share > self.degraded {
            Health::degraded(reason(self.degraded))
        } else {
            Health::healthy()
        };
        match self.of {
            Resource::Memory => health
                .with("used_bytes", used as u64)
                .with("limit_bytes", limit as u64)
                .with("limit_of", whose),
            Resource::OpenFiles if limit.is_finite() => {
                health.with("open", used as u64).with("limit", limit as u64)
            }
            Resource::OpenFiles => health.with("open", used as u64).with("limit", "unlimited"),
        }
        .with("used_ratio", share)
    }
}

#[cfg(test)]
mod tests;
