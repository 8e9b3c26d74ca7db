//! Names, units and attributes as OpenTelemetry has them.
//!
//! By its page "Prometheus and OpenMetrics Compatibility": a name is not altered, so that who looks for the name that
//! the program declares finds it, and a backend of Prometheus' shows it as a scrape does. What its semantic conventions
//! define has the name that they give it, and any translator makes of that the name of the scrape again.

use std::borrow::Cow;

use crate::record::{Family, MetricKind, Value};

/// Metrics of the semantic conventions: how a scrape calls them, and their own names.
const METRICS: &[(&str, &str)] = &[
    ("http_client_active_requests", "http.client.active_requests"),
    ("http_client_request_duration_seconds", "http.client.request.duration"),
    ("http_server_active_requests", "http.server.active_requests"),
    ("http_server_request_duration_seconds", "http.server.request.duration"),
    ("messaging_client_consumed_messages_total", "messaging.client.consumed.messages"),
    ("messaging_client_operation_duration_seconds", "messaging.client.operation.duration"),
    ("messaging_client_sent_messages_total", "messaging.client.sent.messages"),
    ("messaging_process_duration_seconds", "messaging.process.duration"),
    ("otel_sdk_exporter_log_exported_total", "otel.sdk.exporter.log.exported"),
    ("otel_sdk_exporter_log_inflight", "otel.sdk.exporter.log.inflight"),
    ("otel_sdk_exporter_metric_data_point_exported_total", "otel.sdk.exporter.metric_data_point.exported"),
    ("otel_sdk_exporter_metric_data_point_inflight", "otel.sdk.exporter.metric_data_point.inflight"),
    ("otel_sdk_exporter_operation_duration_seconds", "otel.sdk.exporter.operation.duration"),
    ("otel_sdk_exporter_span_exported_total", "otel.sdk.exporter.span.exported"),
    ("otel_sdk_exporter_span_inflight", "otel.sdk.exporter.span.inflight"),
    ("otel_sdk_log_created_total", "otel.sdk.log.created"),
    ("otel_sdk_metric_reader_collection_duration_seconds", "otel.sdk.metric_reader.collection.duration"),
    ("otel_sdk_processor_log_processed_total", "otel.sdk.processor.log.processed"),
    ("otel_sdk_processor_log_queue_capacity", "otel.sdk.processor.log.queue.capacity"),
    ("otel_sdk_processor_log_queue_size", "otel.sdk.processor.log.queue.size"),
    ("otel_sdk_processor_span_processed_total", "otel.sdk.processor.span.processed"),
    ("otel_sdk_processor_span_queue_capacity", "otel.sdk.processor.span.queue.capacity"),
    ("otel_sdk_processor_span_queue_size", "otel.sdk.processor.span.queue.size"),
    ("otel_sdk_span_live", "otel.sdk.span.live"),
    ("otel_sdk_span_started_total", "otel.sdk.span.started"),
    ("rpc_client_call_duration_seconds", "rpc.client.call.duration"),
    ("rpc_server_call_duration_seconds", "rpc.server.call.duration"),
];

/// Attributes of the semantic conventions: how a label is called, and their own names.
const ATTRIBUTES: &[(&str, &str)] = &[
    ("error_type", "error.type"),
    ("http_request_method", "http.request.method"),
    ("http_response_status_code", "http.response.status_code"),
    ("http_route", "http.route"),
    ("messaging_consumer_group_name", "messaging.consumer.group.name"),
    ("messaging_destination_name", "messaging.destination.name"),
    ("messaging_destination_template", "messaging.destination.template"),
    ("messaging_operation_name", "messaging.operation.name"),
    ("messaging_operation_type", "messaging.operation.type"),
    ("messaging_system", "messaging.system"),
    ("network_protocol_name", "network.protocol.name"),
    ("network_protocol_version", "network.protocol.version"),
    ("otel_component_name", "otel.component.name"),
    ("otel_component_type", "otel.component.type"),
    ("otel_metric_overflow", "otel.metric.overflow"),
    ("rpc_method", "rpc.method"),
    ("rpc_response_status_code", "rpc.response.status_code"),
    ("rpc_system_name", "rpc.system.name"),
    ("server_address", "server.address"),
    ("server_port", "server.port"),
    ("url_scheme", "url.scheme"),
];

/// Units in the words of Prometheus, and in UCUM.
const UNITS: &[(&str, &str)] = &[
    ("amperes", "A"),
    ("bytes", "By"),
    ("celsius", "Cel"),
    ("days", "d"),
    ("grams", "g"),
    ("hertz", "Hz"),
    ("hours", "h"),
    ("joules", "J"),
    ("meters", "m"),
    ("milliseconds", "ms"),
    ("minutes", "min"),
    ("percent", "%"),
    ("ratio", "1"),
    ("seconds", "s"),
    ("volts", "V"),
    ("watts", "W"),
];

fn find(table: &'static [(&str, &str)], word: &str) -> Option<&'static str> {
    let at = table.binary_search_by(|(known, _)| (*known).cmp(word)).ok()?;
    table.get(at).map(|(_, other)| *other)
}

/// Returns the name of a metric.
pub(super) fn metric(name: &str) -> &str {
    find(METRICS, name).unwrap_or(name)
}

/// Returns the name and the value of an attribute; two of the conventions are no text.
pub(super) fn attribute<'a>(label: &'a str, value: &'a str) -> (&'a str, Option<Value>) {
    let key = find(ATTRIBUTES, label).unwrap_or(label);
    let other = match key {
        "http.response.status_code" | "server.port" => value.parse().ok().map(Value::Int),
        "otel.metric.overflow" => value.parse().ok().map(Value::Bool),
        _ => None,
    };
    (key, other)
}

/// Returns the unit in UCUM: the declared one, or the one that the name ends in; empty where there is none.
pub(super) fn unit<'a>(family: &Family<'a>) -> Cow<'a, str> {
    let name = match family.kind {
        MetricKind::Counter => family.name.strip_suffix("_total").unwrap_or(family.name),
        _ => family.name,
    };
    let word = if family.unit.is_empty() {
        let last = name.rsplit('_').next().unwrap_or_default();
        if last != name && find(UNITS, last).is_some() { last } else { "" }
    } else {
        family.unit
    };
    match word.split_once("_per_") {
        Some((of, per)) => {
            // What something is per stands in the singular.
            let short = find(UNITS, per).or_else(|| find(UNITS, &format!("{per}s")));
            format!("{}/{}", find(UNITS, of).unwrap_or(of), short.unwrap_or(per)).into()
        }
        None => find(UNITS, word).unwrap_or(word).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_can_be_searched() {
        assert!([METRICS, ATTRIBUTES, UNITS].iter().all(|table| table.is_sorted_by_key(|(known, _)| *known)));
    }

    #[test]
    fn only_names_of_the_conventions_are_altered() {
        assert_eq!(metric("orders_total"), "orders_total");
        assert_eq!(metric("http_server_request_duration_seconds"), "http.server.request.duration");
        assert_eq!(attribute("region", "eu"), ("region", None));
        assert_eq!(attribute("error_type", "Refused"), ("error.type", None));
        assert_eq!(
            attribute("http_response_status_code", "404"),
            ("http.response.status_code", Some(Value::Int(404)))
        );
        assert_eq!(
            attribute("otel_metric_overflow", "true"),
            ("otel.metric.overflow", Some(Value::Bool(true)))
        );
    }

    #[test]
    fn units_are_in_ucum() {
        let unit = |name, given, kind| unit(&Family { name, help: "", unit: given, kind }).into_owned();
        assert_eq!(unit("order_duration_seconds", "seconds", MetricKind::Histogram), "s");
        assert_eq!(unit("process_cpu_seconds_total", "", MetricKind::Counter), "s");
        assert_eq!(unit("process_resident_memory_bytes", "", MetricKind::Gauge), "By");
        assert_eq!(unit("cache_hit_ratio", "", MetricKind::Gauge), "1");
        assert_eq!(unit("orders_total", "", MetricKind::Counter), "");
        assert_eq!(unit("disk_throughput", "bytes_per_second", MetricKind::Gauge), "By/s");
        assert_eq!(unit("parcels_total", "parcels", MetricKind::Counter), "parcels");
        assert_eq!(unit("seconds", "", MetricKind::Gauge), "");
    }
}
