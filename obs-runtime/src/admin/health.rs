//! Reports as text, as Kubernetes prints them, and as JSON (draft-inadarei-api-health-check-06).

use std::fmt::Write;

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::desk::Answer;
use crate::clock;
use crate::health::{CheckReport, Probe, Report, Standing};

/// Tells whether an `Accept` header names JSON; `*/*` does not.
pub(super) fn wants_json(accept: &str) -> bool {
    accept.split(',').any(|range| {
        let media_type = range.split(';').next().unwrap_or_default().trim();
        ["application/json", "application/health+json"]
            .iter()
            .any(|json| media_type.eq_ignore_ascii_case(json))
    })
}

/// Writes `ok`, or what is wrong in one line; when `verbose`, a line for each check.
pub(super) fn text(report: &Report, verbose: bool) -> Answer {
    let mut body = String::new();
    let (name, failed) = match report.probe {
        Probe::Live => ("livez", "not alive"),
        Probe::Ready => ("readyz", "not ready"),
        Probe::Startup => ("startupz", "not started"),
        Probe::All => ("healthz", "not healthy"),
    };
    if verbose {
        for check in &report.checks {
            line(&mut body, check);
        }
        let result = if report.passes() { "passed" } else { "failed" };
        let _infallible = writeln!(body, "{name} check {result}");
    } else if report.passes() {
        body.push_str("ok\n");
    } else {
        let causes: Vec<_> = report.checks.iter().filter(|c| c.flips()).map(cause).collect();
        let _infallible = writeln!(body, "{failed}: {}", causes.join("; "));
    }
    Answer { status: status_code(report), content_type: "text/plain; charset=utf-8", body: body.into() }
}

/// `[+]database ok`, `[-]bus failed: connection refused`.
fn line(out: &mut String, report: &CheckReport) {
    let (mark, word) = match report.standing {
        Standing::Healthy => ('+', "ok"),
        Standing::Degraded => ('+', "degraded"),
        Standing::Unhealthy => ('-', "failed"),
        Standing::Unknown => ('-', "unknown"),
    };
    let tolerated = if mark == '-' && !report.flips() { " (tolerated)" } else { "" };
    let _infallible = write!(out, "[{mark}]{} {word}{tolerated}", report.name());
    if let Some(reason) = &report.reason {
        let _infallible = write!(out, ": {}", one_line(reason));
    }
    out.push('\n');
}

fn cause(report: &CheckReport) -> String {
    let reason = report.reason.as_deref().unwrap_or(report.standing.as_str());
    format!("{}: {}", report.name(), one_line(reason))
}

/// A reason is other people's text: it must not make lines of its own.
fn one_line(text: &str) -> String {
    let no_control = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().map(no_control).collect()
}

/// Writes the report with `status`, and `checks` by `name:responseTime`. Beyond the draft, a check says its `kind`,
/// `critical` and `state`.
pub(super) fn json(report: &Report) -> Answer {
    let words: Vec<_> = report.checks.iter().map(status).collect();
    let overall = if !report.passes() {
        "fail"
    } else if words.iter().any(|word| *word != "pass") {
        "warn"
    } else {
        "pass"
    };
    let checks: Map<String, Value> = report
        .checks
        .iter()
        .map(|c| (format!("{}:responseTime", c.name()), Value::Array(vec![check(c)])))
        .collect();
    let body = json!({ "status": overall, "checks": checks });
    Answer {
        status: status_code(report),
        content_type: "application/health+json",
        body: format!("{body}\n").into(),
    }
}

fn check(report: &CheckReport) -> Value {
    let mut out = Map::new();
    let mut add = |key: &str, value: Value| out.insert(key.to_owned(), value);
    add("componentType", "component".into());
    add("status", status(report).into());
    add("state", report.standing.as_str().into());
    add("kind", report.kind().as_str().into());
    add("critical", report.is_critical().into());
    if let Some(took) = report.took {
        add("observedValue", (took.as_secs_f64() * 1e3).into());
        add("observedUnit", "ms".into());
    }
    if let Some(ran) = report.ran_unix_nanos {
        add("time", clock::rfc3339_seconds(ran).into());
    }
    if let Some(reason) = &report.reason {
        add("output", reason.as_str().into());
    }
    Value::Object(out)
}

fn status(report: &CheckReport) -> &'static str {
    match report.standing {
        Standing::Healthy => "pass",
        Standing::Unhealthy => "fail",
        Standing::Unknown if report.flips() => "fail",
        Standing::Degraded | Standing::Unknown => "warn",
    }
}

fn status_code(report: &Report) -> StatusCode {
    if report.passes() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}
