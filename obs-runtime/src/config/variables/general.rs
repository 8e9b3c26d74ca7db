//! What goes for the whole of it.

use super::{Section, Variable, kinds, variables};

const LEVEL: &str = "`off`, `error`, `warn`, `info`, `debug` or `trace`";
const SAMPLER: &str = "`always_on`, `always_off` or `traceidratio`, or one of them after `parentbased_`";
const PROPAGATORS: &str = "a list of `tracecontext`, `baggage`, `b3`, `b3multi`, `correlation`; or `none`";

variables! {
    pub(super) const GENERAL = "The process", "OpenTelemetry, \"General SDK Configuration\"";

    OTEL_SDK_DISABLED: kinds::BOOLEAN, "`false`", "disabled",
        "`true` turns everything off: no thread starts, nothing listens, nothing is recorded, and no log lines are written; a context that comes in goes on to the next service";
    OTEL_SERVICE_NAME: kinds::TEXT, "`unknown_service:` and the program's name", "service_name",
        "Names the service; wins over `service.name` in `OTEL_RESOURCE_ATTRIBUTES`";
    OTEL_RESOURCE_ATTRIBUTES: kinds::PAIRS, "what the process knows of itself", "resource_attribute",
        "Says whose telemetry it is, on all of it; one wrong pair and the whole is ignored";
    OTEL_LOG_LEVEL: LEVEL, "`info`", "own_log_level",
        "Down to which level `obs` speaks of itself on standard error: losses, ignored values, the line at the start";
    OTEL_PROPAGATORS: PROPAGATORS, "`tracecontext,baggage,correlation`", "propagators",
        "In which formats a context travels; unknown names are left out";
    OTEL_TRACES_SAMPLER: SAMPLER, "`parentbased_always_on`", "sampling",
        "Which traces are sampled";
    OTEL_TRACES_SAMPLER_ARG: "a share from 0 to 1", "`1`", "sampling",
        "The share of `traceidratio`; read only where `OTEL_TRACES_SAMPLER` names it";
}
