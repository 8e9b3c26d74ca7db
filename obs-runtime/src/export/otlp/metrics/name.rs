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

/// Metrics of the semantic conventions that count things, and what they count. What is no total goes up and down.
const COUNTED: &[(&str, &str)] = &[
    ("http_client_active_requests", "{request}"),
    ("http_server_active_requests", "{request}"),
    ("messaging_client_consumed_messages_total", "{message}"),
    ("messaging_client_sent_messages_total", "{message}"),
    ("otel_sdk_exporter_log_exported_total", "{log_record}"),
    ("otel_sdk_exporter_log_inflight", "{log_record}"),
    ("otel_sdk_exporter_metric_data_point_exported_total", "{data_point}"),
    ("otel_sdk_exporter_metric_data_point_inflight", "{data_point}"),
    ("otel_sdk_exporter_span_exported_total", "{span}"),
    ("otel_sdk_exporter_span_inflight", "{span}"),
    ("otel_sdk_log_created_total", "{log_record}"),
    ("otel_sdk_processor_log_processed_total", "{log_record}"),
    ("otel_sdk_processor_log_queue_capacity", "{log_record}"),
    ("otel_sdk_processor_log_queue_size", "{log_record}"),
    ("otel_sdk_processor_span_processed_total", "{span}"),
    ("otel_sdk_processor_span_queue_capacity", "{span}"),
    ("otel_sdk_processor_span_queue_size", "{span}"),
    ("otel_sdk_span_live", "{span}"),
    ("otel_sdk_span_started_total", "{span}"),
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

/// Tells whether a metric is an `UpDownCounter` to the semantic conventions: a sum, of what is there now.
pub(super) fn goes_up_and_down(name: &str) -> bool {
    find(COUNTED, name).is_some() && !name.ends_with("_total")
}

/// Returns the unit in UCUM: that of the conventions, the declared one, or the one that the name ends in; empty where there
/// is none.
pub(super) fn unit<'a>(family: &Family<'a>) -> Cow<'a, str> {
    if let Some(counted) = find(COUNTED, family.name) {
        return counted.into();
    }
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
        assert!(
            [METRICS, ATTRIBUTES, COUNTED, UNITS]
                .iter()
                .all(|table| table.is_sorted_by_key(|(known, _)| *known))
        );
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
        assert_eq!(unit("otel_sdk_span_live", "", MetricKind::Gauge), "{span}");
        assert_eq!(unit("http_server_active_requests", "", MetricKind::Gauge), "{request}");
    }

    #[test]
    fn what_the_conventions_count_as_it_comes_and_goes_is_a_sum() {
        assert!(goes_up_and_down("otel_sdk_processor_log_queue_size"));
        assert!(!goes_up_and_down("otel_sdk_span_started_total") && !goes_up_and_down("queue_size"));
    }
}
