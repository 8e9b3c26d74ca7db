//! Variables of OpenTelemetry's that have nothing to say here.

use super::Variable;

/// Those that do not apply, each with the reason. Who sets one is told.
pub(crate) static ABSENT: [Variable; 9] = [
    absent("OTEL_CONFIG_FILE", CONFIG_FILE),
    absent("OTEL_EXPERIMENTAL_CONFIG_FILE", CONFIG_FILE),
    absent(
        "OTEL_ENTITIES",
        "the specification of entities is in development, and OTLP's field for them, too; write the attributes in `OTEL_RESOURCE_ATTRIBUTES`",
    ),
    absent("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "links of `obs` have no attributes"),
    absent("OTEL_EXPORTER_ZIPKIN_PROTOCOL", "the specification reserves it; spans go out as Zipkin v2 JSON"),
    absent(
        "OTEL_EXPORTER_OTLP_SPAN_INSECURE",
        "the specification gave it up; write `OTEL_EXPORTER_OTLP_TRACES_INSECURE`",
    ),
    absent(
        "OTEL_EXPORTER_OTLP_METRIC_INSECURE",
        "the specification gave it up; write `OTEL_EXPORTER_OTLP_METRICS_INSECURE`",
    ),
    absent(
        "OTEL_EXPORTER_JAEGER_ENDPOINT",
        "the specification gave it up: Jaeger takes OTLP; write `OTEL_EXPORTER_OTLP_ENDPOINT`",
    ),
    absent(
        "OTEL_EXPORTER_JAEGER_AGENT_HOST",
        "the specification gave it up: Jaeger takes OTLP; write `OTEL_EXPORTER_OTLP_ENDPOINT`",
    ),
];

const CONFIG_FILE: &str = "declarative configuration by a file replaces every other variable and describes parts of an SDK that \
     `obs` does not have; write variables, or options in code";

const fn absent(name: &'static str, why: &'static str) -> Variable {
    Variable { name, kind: "", default: "", builder: "", does: why }
}

impl Variable {
    /// Says why it does not apply.
    pub(crate) const fn why(&self) -> &'static str {
        self.does
    }
}
