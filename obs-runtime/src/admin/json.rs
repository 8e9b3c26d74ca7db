//! Reports as JSON (draft-inadarei-api-health-check-06).

use serde_json::{Map, Value, json};

use super::ServiceInfo;
use super::health::failed;
use super::view::{LEAVING, View};
use crate::clock;
use crate::health::{CheckReport, Standing};
use crate::record::{Attribute, Value as Detail};

/// Writes the report with `status` and, where they are known, `version` and `serviceId`; `output` says what is wrong, and
/// `checks` has each by `name:responseTime`. Beyond the draft, a check tells its `state`, `kind`, whether it is `critical`,
/// `group`, `tags`, `since` when it is in that state, `doc`, and the `details` of its last run.
pub(super) fn of(view: &View, service: &ServiceInfo) -> String {
    let overall = if !view.passes() {
        "fail"
    } else if view.checks.iter().any(|check| status(view, check) != "pass") {
        "warn"
    } else {
        "pass"
    };
    let mut out = Map::new();
    let mut add = |key: &str, value: Value| out.insert(key.to_owned(), value);
    add("status", overall.into());
    if let Some(version) = &service.version {
        add("version", version.as_str().into());
    }
    if let Some(name) = &service.name {
        add("serviceId", name.as_str().into());
    }
    if let Some(output) = output(view) {
        add("output", output.into());
    }
    let mut notes: Vec<Value> = Vec::new();
    notes.extend(view.excluded.iter().map(|name| format!("excluded: {name}").into()));
    notes.extend(view.unmatched.iter().map(|name| format!("nothing to exclude is called: {name}").into()));
    if !notes.is_empty() {
        add("notes", notes.into());
    }
    add("checks", checks(view).into());
    format!("{}\n", Value::Object(out))
}

/// Returns what is wrong as a whole; nothing where all is well, as the draft has it (section 3.5).
fn output(view: &View) -> Option<String> {
    if !view.passes() {
        return Some(format!("{}: {}", failed(view.probe), view.causes().join("; ")));
    }
    let off: Vec<_> =
        view.checks.iter().filter(|check| View::is_off(check)).map(|check| view.cause(check)).collect();
    (!off.is_empty()).then(|| off.join("; "))
}

fn checks(view: &View) -> Map<String, Value> {
    let shutdown = json!([{ "componentType": "system", "status": "fail", "output": LEAVING }]);
    let shutdown = view.is_refused.then(|| ("shutdown".to_owned(), shutdown));
    let named = |it: &CheckReport| (format!("{}:responseTime", it.name()), json!([check(view, it)]));
    shutdown.into_iter().chain(view.checks.iter().map(named)).collect()
}

fn check(view: &View, report: &CheckReport) -> Value {
    let of = &report.check;
    let mut out = Map::new();
    let mut add = |key: &str, value: Value| out.insert(key.to_owned(), value);
    add("componentType", "component".into());
    add("status", status(view, report).into());
    add("state", report.standing.as_str().into());
    add("kind", report.kind().as_str().into());
    add("critical", report.is_critical().into());
    if !of.group.is_empty() {
        add("group", of.group.as_ref().into());
    }
    if !of.tags.is_empty() {
        add("tags", of.tags.iter().map(AsRef::as_ref).collect::<Vec<&str>>().into());
    }
    add("since", clock::rfc3339_seconds(report.since_unix_nanos).into());
    if let Some(took) = report.took {
        add("observedValue", (took.as_secs_f64() * 1e3).into());
        add("observedUnit", "ms".into());
    }
    if let Some(ran) = report.ran_unix_nanos {
        add("time", clock::rfc3339_seconds(ran).into());
    }
    if let Some(reason) = view.reason(report) {
        add("output", reason.into());
    }
    if !of.doc.is_empty() {
        add("doc", of.doc.as_ref().into());
    }
    if view.has_details() && !report.details.is_empty() {
        add("details", report.details.iter().map(detail).collect::<Map<_, _>>().into());
    }
    Value::Object(out)
}

/// JSON has no numbers that are none: such a detail is text.
fn detail(Attribute { key, value }: &Attribute) -> (String, Value) {
    let value = match value {
        Detail::Bool(it) => (*it).into(),
        Detail::Int(it) => (*it).into(),
        Detail::Double(it) if it.is_finite() => (*it).into(),
        Detail::Double(it) => it.to_string().into(),
        Detail::Str(it) => it.as_ref().into(),
    };
    (key.to_string(), value)
}

fn status(view: &View, report: &CheckReport) -> &'static str {
    match report.standing {
        Standing::Healthy => "pass",
        Standing::Unhealthy => "fail",
        Standing::Unknown if view.flips(report) => "fail",
        Standing::Degraded | Standing::Unknown => "warn",
    }
}
