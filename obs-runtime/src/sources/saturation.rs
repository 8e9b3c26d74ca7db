//! How full the process is: CPU, memory and open files against what it may have.

use std::io;
use std::path::Path;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use super::cgroup::{Cgroup, Memory};
use super::proc::Proc;
use super::{lock, show};
use crate::record::{Family, MetricKind, MetricSource, MetricVisitor, Point};

const RATIO: (&str, &str) = (
    "process_saturation_ratio",
    "How much is in use of what the process may have, from 0 to 1, by resource; cpu since an earlier scrape.",
);
const CPUS: (&str, &str) =
    ("process_cpu_limit_cores", "CPUs that the process may use: the quota of its control group, else all.");
const MEMORY: (&str, &str) = (
    "process_memory_limit_bytes",
    "Memory that the process may use: the limit of its control group, else that of its address space, else the machine's.",
);
const THROTTLED: (&str, &str) = (
    "process_cpu_throttled_seconds_total",
    "How long the control group had work and was not let do it, as its quota was used up.",
);

pub(super) const NAMES: &[&str] = &[RATIO.0, CPUS.0, MEMORY.0, THROTTLED.0];

/// What CPU time is compared with: shorter than this would be an accident.
const WINDOW: Duration = Duration::from_secs(1);

/// How full the process is, read when scraped. What cannot be read is left away.
#[derive(Debug)]
pub(crate) struct Saturation {
    proc: Proc,
    cgroup: Cgroup,
    busy: Mutex<Busy>,
}

/// The CPU time between two scrapes.
#[derive(Debug, Default)]
struct Busy {
    /// When it was looked at, and the CPU seconds by then.
    since: Option<(Instant, f64)>,
    /// CPU seconds a second.
    rate: Option<f64>,
}

impl Busy {
    /// Scrapes that follow each other at once, as those of two scrapers do, see the same.
    fn at(&mut self, now: Instant, cpu_seconds: f64) -> Option<f64> {
        let Some((then, before)) = self.since else {
            self.since = Some((now, cpu_seconds));
            return None;
        };
        let elapsed = now.saturating_duration_since(then);
        if elapsed >= WINDOW {
            self.since = Some((now, cpu_seconds));
            self.rate = Some((cpu_seconds - before).max(0.0) / elapsed.as_secs_f64());
        }
        self.rate
    }
}

impl Saturation {
    /// Begins to watch: the first scrape sees what happened since.
    pub(crate) fn own() -> Self {
        Saturation::below("/proc", Path::new("/sys/fs/cgroup"))
    }

    pub(crate) fn below(proc: &str, mount: &Path) -> Self {
        let proc = Proc::new(proc);
        let cgroup = Cgroup::find(&proc, mount);
        let saturation = Saturation { proc, cgroup, busy: Mutex::default() };
        let _first = saturation.cpu_rate(Instant::now());
        saturation
    }

    fn cpu_rate(&self, now: Instant) -> Option<f64> {
        let cpu_seconds = self.proc.stat()?.cpu_seconds;
        lock(&self.busy).at(now, cpu_seconds)
    }

    #[allow(clippy::cast_precision_loss)] // a number of CPUs
    fn cpus(&self) -> Option<f64> {
        let all = thread::available_parallelism().ok().map(|cpus| cpus.get() as f64);
        self.cgroup.cpus().or(all)
    }

    /// Returns how much memory is used of what may be, and whose limit that is.
    pub(crate) fn memory(&self) -> Option<(Memory, &'static str)> {
        let of = |used, limit: Option<f64>| Some(Memory { used, limit: limit.filter(|l| l.is_finite())? });
        let address_space =
            || of(self.proc.status().bytes("VmSize")?, self.proc.limits().soft("Max address space"));
        let machine = || of(self.proc.status().bytes("VmRSS")?, self.proc.machine_bytes());
        let cgroup = self.cgroup.memory().map(|memory| (memory, "control group"));
        cgroup.or_else(|| Some((address_space()?, "address space"))).or_else(|| Some((machine()?, "machine")))
    }

    /// Returns how many files are open, and how many may be (infinity where nothing limits them). Fails where that cannot be
    /// read, also as no file can be opened any more.
    pub(crate) fn files(&self) -> io::Result<(f64, f64)> {
        let open = self.proc.open_files()?;
        let limit = self.proc.limits().soft("Max open files").ok_or(io::ErrorKind::NotFound)?;
        Ok((open, limit))
    }

    pub(super) fn visit_at(&self, now: Instant, visitor: &mut dyn MetricVisitor) {
        let (cpus, memory) = (self.cpus(), self.memory().map(|(memory, _)| memory));
        let busy = self.cpu_rate(now).and_then(|rate| Some(rate / cpus?));
        let files = self.files().ok().map(|(open, limit)| open / limit);
        let ratios = [("cpu", busy), ("memory", memory.map(|m| m.used / m.limit)), ("open_fds", files)];
        if ratios.iter().any(|(_, ratio)| ratio.is_some()) {
            let (name, help) = RATIO;
            visitor.family(&Family { name, help, unit: "ratio", kind: MetricKind::Gauge });
        }
        for (resource, ratio) in ratios {
            if let Some(ratio) = ratio {
                visitor.point(&[("resource", resource)], Point::Gauge(ratio));
            }
        }
        show(visitor, CPUS, MetricKind::Gauge, cpus.map(Point::Gauge));
        show(visitor, MEMORY, MetricKind::Gauge, memory.map(|m| Point::Gauge(m.limit)));
        let throttled = self.cgroup.throttled_seconds();
        show(visitor, THROTTLED, MetricKind::Counter, throttled.map(Point::Total));
    }
}

impl MetricSource for Saturation {
    fn visit(&self, visitor: &mut dyn MetricVisitor) {
        self.visit_at(Instant::now(), visitor);
    }
}
