//! What the process tells of itself, from folders made for the test and from the real ones.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // a test fails by panicking

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use super::*;
use crate::export::{Format, rendered};
use crate::folder::Folder;
use crate::record::{Attribute, Resource, Value};

/// 250 + 50 ticks of CPU, begun 1000 ticks after the start of the machine; a name that tries to be read as fields.
const STAT: &str = "7 (a b) R 1 (c) S 1 7 7 0 -1 4194304 99 0 0 0 250 50 0 0 20 0 3 0 1000 3133440 390 0";

fn proc() -> Folder {
    let limits = "Limit                     Soft Limit           Hard Limit           Units     \n\
                  Max open files            200                  4096                 files     \n\
                  Max address space         unlimited            unlimited            bytes     \n";
    Folder::new()
        .with("self/stat", STAT)
        .with("self/status", "Name:\ta\nVmSize:\t    8000 kB\nVmRSS:\t    2000 kB\nThreads:\t3\n")
        .with("self/limits", limits)
        .with("self/fd/0", "")
        .with("self/fd/1", "")
        .with("self/fd/2", "")
        .with("stat", "cpu  1 2 3\nbtime 1700000000\n")
        .with("meminfo", "MemTotal:        8000000 kB\nMemFree: 1 kB\n")
}

/// What a source shows, a line a sample.
#[derive(Default)]
struct Lines {
    name: String,
    lines: Vec<String>,
}

impl MetricVisitor for Lines {
    fn family(&mut self, family: &Family<'_>) {
        family.name.clone_into(&mut self.name);
    }

    fn point(&mut self, labels: &[(&str, &str)], point: Point<'_>) {
        let labels: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let (Point::Total(value) | Point::Gauge(value)) = point else { panic!("{point:?}") };
        self.lines.push(format!("{}{{{}}} {value}", self.name, labels.join(",")));
    }
}

fn lines(visit: impl FnOnce(&mut dyn MetricVisitor)) -> Vec<String> {
    let mut seen = Lines::default();
    visit(&mut seen);
    seen.lines
}

#[track_caller]
fn value(lines: &[String], sample: &str) -> f64 {
    let line = lines.iter().find_map(|line| line.strip_prefix(sample)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("{sample} in {lines:#?}")).parse().unwrap()
}

#[test]
fn the_process_is_shown_under_the_standard_names() {
    let proc = proc();
    let shown = lines(|v| Process::below(proc.text()).visit(v));
    let expected = [
        "process_cpu_seconds_total{} 3",
        "process_open_fds{} 2", // one is the folder that is read
        "process_max_fds{} 200",
        "process_virtual_memory_bytes{} 8192000",
        "process_virtual_memory_max_bytes{} 18446744073709552000",
        "process_resident_memory_bytes{} 2048000",
        "process_start_time_seconds{} 1700000010",
        "process_threads{} 3",
    ];
    assert_eq!(shown, expected);
}

#[test]
fn the_kernels_clock_is_the_one_it_says() {
    let words: [usize; 6] = [6, 4096, 17, 250, 0, 0];
    let auxv: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
    let proc = proc();
    fs::write(proc.path().join("self/auxv"), auxv).unwrap();
    let shown = lines(|v| Process::below(proc.text()).visit(v));
    assert_eq!(value(&shown, "process_cpu_seconds_total{}"), 300.0 / 250.0);
}

#[test]
fn without_proc_nothing_is_shown_and_nothing_fails() {
    assert_eq!(lines(|v| Process::below("/nowhere").visit(v)), Vec::<String>::new());
    let shown = lines(|v| Saturation::below("/nowhere", Path::new("/nowhere")).visit(v));
    assert_eq!(shown.len(), 1, "the machine's CPUs need no /proc: {shown:?}");
    let proc = Folder::new()
        .with("self/stat", "7 (a")
        .with("self/status", "VmRSS:")
        .with("self/limits", "Max open files");
    assert_eq!(lines(|v| Process::below(proc.text()).visit(v)), Vec::<String>::new());
}

#[cfg(target_os = "linux")]
#[test]
fn this_process_is_seen_as_it_is() {
    let shown = lines(|v| of_process().iter().for_each(|source| source.visit(v)));
    let now = crate::clock::unix_nanos() as f64 / 1e9;
    let start = value(&shown, "process_start_time_seconds{}");
    assert!((now - 3600.0..=now + 2.0).contains(&start), "{start} of {now}");
    assert!(value(&shown, "process_threads{}") >= 1.0);
    assert!(value(&shown, "process_open_fds{}") >= 3.0);
    let resident = value(&shown, "process_resident_memory_bytes{}");
    assert!((1e6..=value(&shown, "process_virtual_memory_bytes{}")).contains(&resident), "{resident}");
    let full = value(&shown, "process_saturation_ratio{resource=open_fds}");
    assert!(full > 0.0 && full < 1.0, "{full}");
    assert!(value(&shown, "process_saturation_ratio{resource=memory}") > 0.0);
    assert!(value(&shown, "process_cpu_limit_cores{}") > 0.0);
    let before = value(&shown, "process_cpu_seconds_total{}");
    while value(&lines(|v| Process::own().visit(v)), "process_cpu_seconds_total{}") <= before {}
}

#[test]
fn version_2_of_control_groups_limits_by_the_tightest_on_the_way_up() {
    let proc = proc().with("self/cgroup", "0::/pods/one\n");
    let mount = Folder::new()
        .with("cpu.max", "max 100000\n")
        .with("pods/cpu.max", "150000 100000\n")
        .with("pods/memory.max", "1000000\n")
        .with("pods/memory.current", "700000\n")
        .with("pods/memory.stat", "anon 1\ninactive_file 200000\n")
        .with("pods/one/cpu.max", "200000 100000\n")
        .with("pods/one/cpu.stat", "usage_usec 5\nthrottled_usec 2500000\n")
        .with("pods/one/memory.max", "max\n");
    let shown = lines(|v| Saturation::below(proc.text(), mount.path()).visit(v));
    let expected = [
        "process_saturation_ratio{resource=memory} 0.5",
        "process_saturation_ratio{resource=open_fds} 0.01",
        "process_cpu_limit_cores{} 1.5",
        "process_memory_limit_bytes{} 1000000",
        "process_cpu_throttled_seconds_total{} 2.5",
    ];
    assert_eq!(shown, expected);
}

#[test]
fn version_1_has_a_tree_for_each_and_a_container_sees_only_its_root() {
    let proc = proc().with("self/cgroup", "8:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n0::/\n");
    let mount = Folder::new()
        .with("cpu/cpu.cfs_quota_us", "50000\n")
        .with("cpu/cpu.cfs_period_us", "100000\n")
        .with("cpu/cpu.stat", "nr_periods 4\nthrottled_time 500000000\n")
        .with("memory/memory.limit_in_bytes", "4096000\n")
        .with("memory/memory.usage_in_bytes", "1024000\n");
    let shown = lines(|v| Saturation::below(proc.text(), mount.path()).visit(v));
    assert_eq!(value(&shown, "process_cpu_limit_cores{}"), 0.5);
    assert_eq!(value(&shown, "process_saturation_ratio{resource=memory}"), 0.25);
    assert_eq!(value(&shown, "process_cpu_throttled_seconds_total{}"), 0.5);
    mount.put("cpu/cpu.cfs_quota_us", "-1\n");
    mount.put("memory/memory.limit_in_bytes", "9223372036854771712\n");
    let free = lines(|v| Saturation::below(proc.text(), mount.path()).visit(v));
    assert_eq!(value(&free, "process_memory_limit_bytes{}"), 8_000_000.0 * 1024.0, "the machine's");
    assert!(value(&free, "process_cpu_limit_cores{}") >= 1.0, "all CPUs");
}

#[test]
fn a_limit_of_the_address_space_holds_where_no_group_limits_memory() {
    let limits = "Max open files            200                  4096                 files     \n\
                  Max address space         16384000             unlimited            bytes     \n";
    let proc = proc().with("self/limits", limits);
    let shown = lines(|v| Saturation::below(proc.text(), Path::new("/nowhere")).visit(v));
    assert_eq!(value(&shown, "process_saturation_ratio{resource=memory}"), 0.5);
}

#[test]
fn cpu_is_compared_with_its_limit_between_scrapes() {
    let proc = proc().with("self/cgroup", "0::/\n");
    let mount = Folder::new().with("cpu.max", "200000 100000\n");
    let saturation = Saturation::below(proc.text(), mount.path());
    let began = Instant::now();
    let at = |seconds| {
        let shown = lines(|v| saturation.visit_at(began + Duration::from_secs(seconds), v));
        let cpu = shown.iter().find_map(|l| l.strip_prefix("process_saturation_ratio{resource=cpu} "));
        cpu.map(|text| text.parse::<f64>().unwrap())
    };
    assert_eq!(at(0), None);
    proc.put("self/stat", &STAT.replace(" 250 50 ", " 1250 50 ")); // ten seconds more
    let busy = at(10).unwrap();
    assert!((busy - 0.5).abs() < 0.01, "one of two CPUs: {busy}");
    assert_eq!(at(10), Some(busy), "a second scraper sees the same");
    assert_eq!(at(20), Some(0.0));
}

#[cfg(feature = "tokio")]
#[test]
fn the_runtime_tells_its_workers_and_tasks() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let watched = Runtime::of(runtime.handle());
    let began = Instant::now();
    let (free, wait) = std::sync::mpsc::channel::<()>();
    let task = runtime.spawn(async move { wait.recv() });
    let shown = lines(|v| watched.visit_at(began, v));
    assert_eq!(value(&shown, "tokio_workers{}"), 2.0);
    assert_eq!(value(&shown, "tokio_alive_tasks{}"), 1.0);
    assert!(value(&shown, "tokio_global_queue_depth{}") <= 1.0);
    assert!(!shown.iter().any(|line| line.starts_with("tokio_worker_busy_ratio")), "not yet");
    free.send(()).unwrap();
    runtime.block_on(task).unwrap().unwrap();
    let shown = lines(|v| watched.visit_at(began + Duration::from_secs(60), v));
    for worker in 0..2 {
        let ratio = value(&shown, &format!("tokio_worker_busy_ratio{{worker={worker}}}"));
        assert!((0.0..=1.0).contains(&ratio), "{ratio}");
        assert!(value(&shown, &format!("tokio_worker_busy_seconds_total{{worker={worker}}}")) >= 0.0);
    }
}

#[test]
fn a_build_is_told_by_the_program_and_else_by_the_resource() {
    let attribute =
        |key: &'static str, text: &'static str| Attribute { key: key.into(), value: Value::Str(text.into()) };
    let resource = Resource {
        service: "shop".into(),
        attributes: vec![attribute("service.version", "2.0.0"), attribute("vcs.ref.head.revision", "abc")],
    };
    let mut rustc = format!(",rustc={}", option_env!("OBS_RUSTC_VERSION").unwrap_or_default());
    assert!(rustc.starts_with(",rustc=1."), "{rustc}");
    let shown = |info: BuildInfo, resource: &Resource| lines(|v| build(info, resource).visit(v)).remove(0);
    let info = crate::build_info!();
    assert!(format!("{info:?}").contains(env!("CARGO_PKG_VERSION")), "{info:?}");
    let said = BuildInfo::new().version("1.0.0").commit("def");
    assert_eq!(shown(said, &resource), format!("build_info{{version=1.0.0,commit=def{rustc}}} 1"));
    assert_eq!(
        shown(BuildInfo::new(), &resource),
        format!("build_info{{version=2.0.0,commit=abc{rustc}}} 1")
    );
    let nothing = Resource { service: "shop".into(), attributes: Vec::new() };
    assert_eq!(shown(BuildInfo::new(), &nothing), format!("build_info{{{}}} 1", rustc.split_off(1)));
}

#[test]
fn what_is_shown_is_named_and_has_the_unit_of_its_name() {
    let named: Vec<&str> = names().collect();
    let text = rendered(&of_process(), Format::OpenMetrics);
    for line in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let name = line.split(' ').next().unwrap();
        assert!(named.iter().any(|n| n.strip_suffix("_total").unwrap_or(n) == name), "{name}");
    }
    assert!(!cfg!(target_os = "linux") || text.contains("# UNIT process_cpu_seconds seconds\n"), "{text}");
    assert!(named.iter().all(|name| crate::metrics::is_reserved(name)));
}

#[test]
fn a_target_has_the_attributes_of_the_resource_for_labels() {
    let attribute = |key: &'static str, value: Value| Attribute { key: key.into(), value };
    let resource = Resource {
        service: "shop".into(),
        attributes: vec![
            attribute("service.instance.id", Value::Str("7".into())),
            attribute("process.pid", Value::Int(42)),
            // Two that are called alike, in the order of their names: `.` comes before `_`.
            attribute("cloud_region", Value::Str("b".into())),
            attribute("cloud.region", Value::Str("a".into())),
            attribute("1st", Value::Bool(true)),
        ],
    };
    let labels = "cloud_region=a;b,key_1st=true,process_pid=42,service_instance_id=7,service_name=shop";
    assert_eq!(lines(|v| target(&resource).visit(v)), [format!("target_info{{{labels}}} 1")]);
    let open = rendered(&[target(&resource)], Format::OpenMetrics);
    assert!(
        open.contains("# TYPE target info\n") && open.contains("\ntarget_info{cloud_region=\"a;b\""),
        "{open}"
    );
}
