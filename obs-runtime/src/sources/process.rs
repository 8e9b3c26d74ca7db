//! The process, under the names that Prometheus' client libraries agree on.

use super::proc::Proc;
use super::show;
use crate::record::{MetricKind, MetricSource, MetricVisitor, Point};

// Their help too is what the clients agree on: a Pushgateway shows the same families of its own, and compares.
const CPU: (&str, &str) = ("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.");
const OPEN_FDS: (&str, &str) = ("process_open_fds", "Number of open file descriptors.");
const MAX_FDS: (&str, &str) = ("process_max_fds", "Maximum number of open file descriptors.");
const VIRTUAL: (&str, &str) = ("process_virtual_memory_bytes", "Virtual memory size in bytes.");
const VIRTUAL_MAX: (&str, &str) =
    ("process_virtual_memory_max_bytes", "Maximum amount of virtual memory available in bytes.");
const RESIDENT: (&str, &str) = ("process_resident_memory_bytes", "Resident memory size in bytes.");
const START: (&str, &str) =
    ("process_start_time_seconds", "Start time of the process since unix epoch in seconds.");
const THREADS: (&str, &str) = ("process_threads", "Number of OS threads in the process.");

pub(super) const NAMES: &[&str] =
    &[CPU.0, OPEN_FDS.0, MAX_FDS.0, VIRTUAL.0, VIRTUAL_MAX.0, RESIDENT.0, START.0, THREADS.0];

/// What clients of Prometheus say where nothing limits the virtual memory.
const UNLIMITED: f64 = 18_446_744_073_709_551_615.0;

/// The process: read from `/proc` at each scrape. What cannot be read is left away, and so is all of it elsewhere than
/// on Linux.
#[derive(Debug)]
pub(crate) struct Process(Proc);

impl Process {
    pub(crate) fn own() -> Self {
        Process::below("/proc")
    }

    pub(super) fn below(folder: &str) -> Self {
        Process(Proc::new(folder))
    }
}

impl MetricSource for Process {
    fn visit(&self, visitor: &mut dyn MetricVisitor) {
        let Process(proc) = self;
        let stat = proc.stat();
        let start = stat.and_then(|stat| Some(proc.boot_seconds()? + stat.start_seconds));
        let (status, limits) = (proc.status(), proc.limits());
        let virtual_max = limits.soft("Max address space").map(|limit| limit.min(UNLIMITED));
        show(visitor, CPU, MetricKind::Counter, stat.map(|stat| Point::Total(stat.cpu_seconds)));
        let gauges = [
            (OPEN_FDS, proc.open_files().ok()),
            (MAX_FDS, limits.soft("Max open files")),
            (VIRTUAL, status.bytes("VmSize")),
            (VIRTUAL_MAX, virtual_max),
            (RESIDENT, status.bytes("VmRSS")),
            (START, start),
            (THREADS, status.number("Threads")),
        ];
        for (head, value) in gauges {
            show(visitor, head, MetricKind::Gauge, value.map(Point::Gauge));
        }
    }
}
