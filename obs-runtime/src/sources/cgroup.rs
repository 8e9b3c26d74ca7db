//! What the control group lets this process have: versions 1 and 2 (`cgroups(7)`).

use std::path::{Path, PathBuf};

use super::proc::{Proc, number};

/// Above this a limit in bytes is the word for none in version 1.
const NO_LIMIT: f64 = (1_u64 << 60) as f64;

/// The folders of this process' group, from its own to the root: the tightest limit on the way holds.
#[derive(Debug)]
pub(super) struct Cgroup {
    /// Version 2: one tree for all.
    unified: Vec<PathBuf>,
    /// Version 1: a tree each.
    cpu: Vec<PathBuf>,
    memory: Vec<PathBuf>,
}

/// Memory, as its limit sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Memory {
    pub(crate) used: f64,
    pub(crate) limit: f64,
}

impl Cgroup {
    /// Finds the group. In a container its path may be the host's, and nothing there: then the root is the group.
    pub(super) fn find(proc: &Proc, mount: &Path) -> Self {
        let text = proc.text("self/cgroup").unwrap_or_default();
        let mut group = Cgroup { unified: Vec::new(), cpu: Vec::new(), memory: Vec::new() };
        for line in text.lines() {
            let mut parts = line.splitn(3, ':').skip(1);
            let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else { continue };
            let has = |name| controllers.split(',').any(|c| c == name);
            if controllers.is_empty() {
                group.unified = folders(mount, path);
                group.unified.extend(folders(&mount.join("unified"), path));
            }
            if has("cpu") {
                group.cpu = folders(&mount.join("cpu"), path);
            }
            if has("memory") {
                group.memory = folders(&mount.join("memory"), path);
            }
        }
        group
    }

    /// Returns how many CPUs the group may use.
    pub(super) fn cpus(&self) -> Option<f64> {
        let v2 = self.unified.iter().filter_map(|folder| {
            let text = std::fs::read_to_string(folder.join("cpu.max")).ok()?;
            let (quota, period) = text.trim().split_once(' ')?;
            Some(quota.parse::<f64>().ok()? / period.parse::<f64>().ok()?)
        });
        let v1 = self.cpu.iter().filter_map(|folder| {
            let quota = number(&folder.join("cpu.cfs_quota_us"))?;
            Some(quota / number(&folder.join("cpu.cfs_period_us"))?)
        });
        v2.chain(v1).filter(|cpus| cpus.is_finite() && *cpus > 0.0).reduce(f64::min)
    }

    /// Returns for how long the group had work and was not let do it.
    pub(super) fn throttled_seconds(&self) -> Option<f64> {
        let of = |folders: &[PathBuf], key: &str, per_second: f64| {
            let text = std::fs::read_to_string(folders.first()?.join("cpu.stat")).ok()?;
            Some(counted(&text, key)? / per_second)
        };
        of(&self.unified, "throttled_usec", 1e6).or_else(|| of(&self.cpu, "throttled_time", 1e9))
    }

    /// Returns the memory of the group that has the tightest limit: what is used is without what the kernel gives back
    /// when it needs it, the files that were not read lately.
    pub(super) fn memory(&self) -> Option<Memory> {
        let v2 = self
            .unified
            .iter()
            .filter_map(|folder| memory(folder, "memory.max", "memory.current", "inactive_file"));
        let v1 = self.memory.iter().filter_map(|folder| {
            memory(folder, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        });
        v2.chain(v1).reduce(|a, b| if b.limit < a.limit { b } else { a })
    }
}

fn memory(folder: &Path, limit: &str, used: &str, unused: &str) -> Option<Memory> {
    let limit = number(&folder.join(limit)).filter(|limit| (1.0..NO_LIMIT).contains(limit))?;
    let stat = std::fs::read_to_string(folder.join("memory.stat")).unwrap_or_default();
    let unused = counted(&stat, unused).unwrap_or(0.0);
    Some(Memory { used: (number(&folder.join(used))? - unused).max(0.0), limit })
}

/// The number of a line `key 123`.
fn counted(text: &str, key: &str) -> Option<f64> {
    text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' '))?.trim().parse().ok()
}

/// The folders from a group's own up to the mount.
fn folders(mount: &Path, path: &str) -> Vec<PathBuf> {
    let path = Path::new(path.trim_start_matches('/'));
    let leads_out = path.components().any(|c| matches!(c, std::path::Component::ParentDir));
    let inside = path.ancestors().filter(|p| !leads_out || p.as_os_str().is_empty()).map(|p| mount.join(p));
    inside.filter(|folder| folder.is_dir()).collect()
}
