//! Whether a file system has room.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::figures::{bytes, percent, refuse_shares};
use super::system::{Room, room};
use crate::Health;
use crate::health::check::{Check, Work};
use crate::record::Text;

/// How much of a file system is free.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Free {
    /// A share of what we may use, from 0.0 to 1.0. It holds for inodes, too.
    Ratio(f64),
    /// Bytes. Inodes keep their default share.
    Bytes(u64),
}

impl fmt::Display for Free {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Free::Ratio(share) => f.write_str(&percent(share)),
            Free::Bytes(amount) => f.write_str(&bytes(amount as f64)),
        }
    }
}

impl Free {
    fn is_more_than(self, free: u64, all: u64) -> bool {
        match self {
            Free::Ratio(least) => (free as f64) < least * all as f64,
            Free::Bytes(least) => free < least,
        }
    }

    /// What holds for inodes.
    fn share_or(self, default: f64) -> Free {
        if let Free::Ratio(_) = self { self } else { Free::Ratio(default) }
    }
}

const DEGRADED: f64 = 0.10;
const UNHEALTHY: f64 = 0.05;

/// What [`disk_space`] looks at.
#[derive(Clone, Debug)]
pub struct DiskSpace {
    path: PathBuf,
    degraded: Free,
    unhealthy: Free,
}

/// Makes a check that the file system of `path`, a file or folder, has room: degraded below 10 % and unhealthy below 5 % of
/// what we may use (which is less than what is free where the file system keeps some for the administrator), in bytes or in
/// inodes. A path that does not exist is unhealthy.
///
/// Runs where it may block, as a file system in a network may; a run that hangs is told and not started again. Unix only: on
/// other systems it is degraded. Details: `path`, `free_bytes`, `free_ratio`, `total_bytes`, `free_inodes`, `total_inodes`.
///
/// ```
/// # extern crate obs_runtime as obs;
/// use obs::health::{Free, disk_space};
///
/// let builder = obs::builder()
///     .health_check(disk_space("uploads", "/var/lib/shop").unhealthy_below(Free::Bytes(1 << 30)).critical());
/// # let _ = builder;
/// ```
pub fn disk_space(name: impl Into<Text>, path: impl Into<PathBuf>) -> Check<DiskSpace> {
    let (degraded, unhealthy) = (Free::Ratio(DEGRADED), Free::Ratio(UNHEALTHY));
    Check::of(name, DiskSpace { path: path.into(), degraded, unhealthy })
}

impl Check<DiskSpace> {
    /// Sets below which room it is degraded; 10 %.
    pub fn degraded_below(mut self, free: Free) -> Self {
        self.work.degraded = free;
        self
    }

    /// Sets below which room it is unhealthy; 5 %.
    pub fn unhealthy_below(mut self, free: Free) -> Self {
        self.work.unhealthy = free;
        self
    }
}

impl From<Check<DiskSpace>> for Check {
    fn from(check: Check<DiskSpace>) -> Check {
        check.into_work(|disk| {
            disk.validate()?;
            let disk = Arc::new(disk);
            Ok(Work::blocking(move || disk.judge(room(&disk.path))))
        })
    }
}

impl DiskSpace {
    fn validate(&self) -> Result<(), String> {
        if self.path.as_os_str().is_empty() {
            return Err("the path is empty; write that of a file or folder on the disk".to_owned());
        }
        let share = |free, other| if let Free::Ratio(share) = free { share } else { other };
        let shares = [share(self.degraded, 0.0), share(self.unhealthy, 0.0)];
        refuse_shares(["degraded_below", "unhealthy_below"], shares)?;
        let crossed = match (self.degraded, self.unhealthy) {
            (Free::Ratio(degraded), Free::Ratio(unhealthy)) => degraded < unhealthy,
            (Free::Bytes(degraded), Free::Bytes(unhealthy)) => degraded < unhealthy,
            _ => false,
        };
        if crossed {
            let DiskSpace { degraded, unhealthy, .. } = self;
            return Err(format!(
                "it would be unhealthy below {unhealthy} before it is degraded below {degraded}; raise the second"
            ));
        }
        Ok(())
    }

    fn judge(&self, room: io::Result<Room>) -> Health {
        let shown = shown(&self.path);
        let room = match room {
            Ok(room) if room.all_bytes == 0 => {
                return Health::unhealthy("that is no file system with room; name a folder on a disk")
                    .with("path", shown);
            }
            Ok(room) => room,
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {
                return Health::degraded("not known on this system").with("path", shown);
            }
            Err(error) => return Health::unhealthy(format!("{shown} cannot be looked at: {error}")),
        };
        let is_below = |least: Free, default: f64| {
            if least.is_more_than(room.free_bytes, room.all_bytes) {
                let share = room.free_bytes as f64 / room.all_bytes as f64;
                let (share, free) = (percent(share), bytes(room.free_bytes as f64));
                return Some(format!("{free} free on {shown}, {share}, below {least}"));
            }
            let counts = room.all_inodes > 0;
            let least = least.share_or(default);
            let few = counts && least.is_more_than(room.free_inodes, room.all_inodes);
            few.then(|| format!("{} inodes free on {shown}, below {least}", room.free_inodes))
        };
        let health = if let Some(reason) = is_below(self.unhealthy, UNHEALTHY) {
            Health::unhealthy(reason)
        } else if let Some(reason) = is_below(self.degraded, DEGRADED) {
            Health::degraded(reason)
        } else {
            Health::healthy()
        };
        health
            .with("path", shown)
            .with("free_bytes", room.free_bytes)
            .with("free_ratio", room.free_bytes as f64 / room.all_bytes as f64)
            .with("total_bytes", room.all_bytes)
            .with("free_inodes", room.free_inodes)
            .with("total_inodes", room.all_inodes)
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests;
