//! `target_info`: what the process is, in the words of its resource.
//!
//! By the OpenTelemetry specification, "Prometheus and OpenMetrics Compatibility", "Resource Attributes": one metric of
//! the kind info, whose labels are the attributes of the resource and nothing else.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::record::{Family, MetricKind, MetricSource, MetricVisitor, Point, Resource, Value};

const NAME: &str = "target_info";

pub(super) const NAMES: &[&str] = &[NAME];

/// Returns the metric `target_info` of a process with this resource.
pub(crate) fn source(resource: &Resource) -> Arc<dyn MetricSource> {
    Arc::new(Target(labels(resource)))
}

struct Target(BTreeMap<String, String>);

impl MetricSource for Target {
    fn visit(&self, visitor: &mut dyn MetricVisitor) {
        let help = "What the process is: the attributes of its resource.";
        visitor.family(&Family { name: NAME, help, unit: "", kind: MetricKind::Info });
        let labels: Vec<(&str, &str)> = self.0.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        visitor.point(&labels, Point::Gauge(1.0));
    }
}

/// Makes labels of attributes. Those that would have the same name are one, with the values in the order of the
/// attributes' names, and `;` between them ("Metric Attributes").
fn labels(resource: &Resource) -> BTreeMap<String, String> {
    let service = ("service.name", resource.service.clone().into_owned());
    let others = resource.attributes.iter().map(|a| (a.key.as_ref(), shown(&a.value)));
    let sorted: BTreeMap<&str, String> = std::iter::once(service).chain(others).collect();
    let mut labels: BTreeMap<String, String> = BTreeMap::new();
    for (key, value) in sorted {
        labels
            .entry(name(key))
            .and_modify(|known| {
                known.push(';');
                known.push_str(&value);
            })
            .or_insert(value);
    }
    labels.retain(|name, _| !name.is_empty());
    labels
}

/// Makes a name that every Prometheus takes: what is no letter or digit is one `_`, and a digit does not come first. Two
/// `_` at the start are Prometheus' own.
fn name(key: &str) -> String {
    let mut name = String::with_capacity(key.len());
    for character in key.chars() {
        if character.is_ascii_alphanumeric() {
            name.push(character);
        } else if !name.ends_with('_') {
            name.push('_');
        }
    }
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        name.insert_str(0, "key_");
    }
    name
}

fn shown(value: &Value) -> String {
    match value {
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Double(value) => value.to_string(),
        Value::Str(text) => text.clone().into_owned(),
    }
}
