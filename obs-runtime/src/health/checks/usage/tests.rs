//! Folders in the place of `/proc` and of control groups, and a process that runs out of files.
#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by panicking

use std::fs::File;
use std::process::Command;

use super::*;
use crate::folder::Folder;
use crate::health::Standing;
use crate::health::checks::tests::{detail, look, refused, said};
use crate::record::Value;

/// A check of figures in folders.
fn check(usage: Check<Usage>, proc: &Folder, mount: &Folder) -> Check {
    usage.into_work(|usage| usage.work(Saturation::below(proc.text(), mount.path())))
}

const MIB: u64 = 1 << 20;

fn in_group(used: u64, limit: &str) -> Check {
    let proc = Folder::new().with("self/cgroup", "0::/shop/api\n").with("self/status", "VmRSS: 100 kB\n");
    let mount = Folder::new()
        .with("shop/api/memory.max", "max")
        .with("shop/memory.max", limit)
        .with("shop/memory.current", &(used + 7 * MIB).to_string())
        .with("shop/memory.stat", &format!("anon 5\ninactive_file {}\n", 7 * MIB));
    std::fs::create_dir_all(mount.path().join("shop/api")).unwrap();
    let check = check(memory("memory"), &proc, &mount);
    std::mem::forget((proc, mount)); // read until the end
    check
}

#[test]
fn memory_is_compared_with_the_limit_of_the_group_above() {
    let limit = (1_000 * MIB).to_string();
    let report = look(in_group(800 * MIB, &limit));
    assert_eq!(said(&report), (Standing::Healthy, ""));
    assert_eq!(detail(&report, "used_bytes"), Some(Value::from(800 * MIB)));
    assert_eq!(detail(&report, "limit_bytes"), Some(Value::from(1_000 * MIB)));
    assert_eq!(detail(&report, "limit_of"), Some(Value::from("control group")));
    assert_eq!(detail(&report, "used_ratio"), Some(Value::Double(0.8)));
    let report = look(in_group(801 * MIB, &limit));
    assert_eq!(
        said(&report),
        (Standing::Degraded, "801.0 MiB of 1000.0 MiB memory used, 80.1 %, above 80.0 %")
    );
    let report = look(in_group(960 * MIB, &limit));
    assert_eq!(
        said(&report),
        (Standing::Unhealthy, "960.0 MiB of 1000.0 MiB memory used, 96.0 %, above 95.0 %")
    );
}

#[test]
fn memory_without_a_group_s_limit_is_compared_with_the_machine_s() {
    let proc = Folder::new()
        .with("self/cgroup", "0::/\n")
        .with("self/status", "VmRSS: 900 kB\nVmSize: 5000 kB\n")
        .with("self/limits", "Max address space         unlimited  unlimited  bytes\n")
        .with("meminfo", "MemTotal: 1000 kB\n");
    let mount = Folder::new().with("memory.max", "max");
    let report = look(check(memory("memory"), &proc, &mount));
    assert_eq!(
        said(&report),
        (Standing::Degraded, "900.0 KiB of 1000.0 KiB memory used, 90.0 %, above 80.0 %")
    );
    assert_eq!(detail(&report, "limit_of"), Some(Value::from("machine")));
    let lenient = check(memory("memory").degraded_above(0.9).unhealthy_above(0.9), &proc, &mount);
    assert_eq!(said(&look(lenient)), (Standing::Healthy, ""));
    let strict = check(memory("memory").unhealthy_above(0.85), &proc, &mount);
    assert_eq!(look(strict).standing, Standing::Unhealthy);
}

#[test]
fn a_system_that_tells_nothing_is_degraded() {
    let (proc, mount) = (Folder::new(), Folder::new());
    for usage in [memory("it"), open_files("it")] {
        let report = look(check(usage, &proc, &mount));
        assert_eq!(said(&report), (Standing::Degraded, "not known on this system"));
    }
}

#[test]
fn no_limit_of_files_is_well() {
    let proc = Folder::new()
        .with("self/limits", "Max open files            unlimited  unlimited  files\n")
        .with("self/fd/0", "")
        .with("self/fd/1", "");
    let report = look(check(open_files("files"), &proc, &Folder::new()));
    assert_eq!(said(&report), (Standing::Healthy, ""));
    assert_eq!(detail(&report, "limit"), Some(Value::from("unlimited")));
}

#[test]
fn shares_that_cannot_be_are_refused() {
    let problem = refused(memory("memory").degraded_above(80.0));
    assert!(problem.ends_with("`degraded_above(80)` is no share; write one from 0.0 to 1.0"), "{problem}");
    let problem = refused(open_files("files").degraded_above(0.9).unhealthy_above(0.5));
    assert!(problem.contains("unhealthy above 0.5 before it is degraded above 0.9"), "{problem}");
}

#[cfg(target_os = "linux")]
#[test]
fn the_real_process_has_figures() {
    let report = look(memory("memory").degraded_above(1.0).unhealthy_above(1.0));
    assert!(
        matches!(detail(&report, "used_bytes"), Some(Value::Int(used)) if used > 0),
        "{:?}",
        report.details
    );
    assert!(matches!(detail(&report, "used_ratio"), Some(Value::Double(share)) if share > 0.0));
}

/// What the test below runs in a process that may open 64 files.
const CHILD: &str = "OBS_TEST_OPEN_FILES";

#[cfg(target_os = "linux")]
#[test]
fn a_process_that_runs_out_of_files_says_so() {
    if std::env::var_os(CHILD).is_some() {
        return run_out();
    }
    let test = std::thread::current().name().unwrap().to_owned();
    let run = "ulimit -S -n 64 && exec \"$0\" --exact \"$1\" --test-threads 1";
    let program = std::env::current_exe().unwrap();
    let child = Command::new("sh").args(["-c", run]).arg(program).arg(test).env(CHILD, "1").output().unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success() && said.contains("1 passed"), "{said}");
}

#[cfg(target_os = "linux")]
fn run_out() {
    use crate::health::States;
    use crate::health::checks::tests::Watch;

    // Before files are out: the thread of the schedules needs some.
    let (interval, timeout) = (std::time::Duration::from_millis(200), std::time::Duration::from_millis(150));
    let check = open_files("files").failures(1).interval(interval).timeout(timeout);
    let watch = Watch::new(check, &States::default());
    let report = watch.until(|report| report.standing == Standing::Healthy);
    assert_eq!(detail(&report, "limit"), Some(Value::Int(64)));
    let Some(Value::Int(open)) = detail(&report, "open") else { panic!("{:?}", report.details) };

    let mut files: Vec<File> = (open..55).map(|_| File::open("/dev/null").unwrap()).collect();
    let report = watch.until(|report| report.standing == Standing::Degraded);
    assert!(said(&report).1.contains("of 64 files open, 8"), "{report:?}");
    while let Ok(file) = File::open("/dev/null") {
        files.push(file);
    }
    let report = watch.until(|report| said(report).1.starts_with("no file can be opened: "));
    assert_eq!(report.standing, Standing::Unhealthy);
    drop(files);
    watch.until(|report| report.standing == Standing::Healthy);
}
