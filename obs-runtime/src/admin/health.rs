//! Reports as text, as Kubernetes prints them.

use std::fmt::Write;

use super::view::{LEAVING, View};
use crate::clock;
use crate::health::{CheckReport, Probe, Standing};
use crate::one_line::one_line;

/// Writes `ok`, or what is wrong in one line.
pub(super) fn short(view: &View) -> String {
    if view.passes() {
        "ok\n".to_owned()
    } else {
        format!("{}: {}\n", failed(view.probe), view.causes().join("; "))
    }
}

/// Writes a line for each check, and the result in the last.
pub(super) fn verbose(view: &View) -> String {
    let mut body = String::new();
    if view.is_refused {
        let _infallible = writeln!(body, "[-]shutdown failed: {LEAVING}");
    }
    for check in &view.checks {
        line(&mut body, view, check);
    }
    for name in &view.excluded {
        let _infallible = writeln!(body, "[+]{name} excluded: ok");
    }
    if !view.unmatched.is_empty() {
        let names: Vec<_> = view.unmatched.iter().map(|name| format!("{name:?}")).collect();
        let _infallible = writeln!(body, "warn: nothing to exclude is called {}", names.join(", "));
    }
    let result = if view.passes() { "passed" } else { "failed" };
    let _infallible = writeln!(body, "{} check {result}", name(view.probe));
    body
}

fn name(probe: Probe) -> &'static str {
    match probe {
        Probe::Live => "livez",
        Probe::Ready => "readyz",
        Probe::Startup => "startupz",
        Probe::All => "healthz",
    }
}

/// Returns what it is if it is not that.
pub(super) fn failed(probe: Probe) -> &'static str {
    match probe {
        Probe::Live => "not alive",
        Probe::Ready => "not ready",
        Probe::Startup => "not started",
        Probe::All => "not healthy",
    }
}

/// `[+]database ok (since 2024-02-29T23:59:00Z)`, `[-]bus failed: connection refused (since ...)`.
fn line(out: &mut String, view: &View, check: &CheckReport) {
    let (mark, word) = match check.standing {
        Standing::Healthy => ('+', "ok"),
        Standing::Degraded => ('+', "degraded"),
        Standing::Unhealthy => ('-', "failed"),
        Standing::Unknown => ('-', "unknown"),
    };
    let tolerated = if mark == '-' && !view.flips(check) { " (tolerated)" } else { "" };
    let _infallible = write!(out, "[{mark}]{} {word}{tolerated}", check.name());
    if let Some(reason) = view.reason(check) {
        let _infallible = write!(out, ": {}", one_line(reason));
    }
    let _infallible = writeln!(out, " (since {})", clock::rfc3339_seconds(check.since_unix_nanos));
}
