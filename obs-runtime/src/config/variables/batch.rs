//! How records wait, and how they leave.

use super::{Section, Variable, kinds, variables};

variables! {
    pub(super) const BATCHES = "Queues",
        "OpenTelemetry, \"Batch Span Processor\" and \"Batch LogRecord Processor\"; each destination has a queue of its own. \
         The bytes are ours";

    OTEL_BSP_SCHEDULE_DELAY: kinds::MILLIS, "`5000`", "span_queue", "How long a span waits for company";
    OTEL_BSP_EXPORT_TIMEOUT: kinds::TIMEOUT, "`30000`", "span_queue",
        "How long an export of spans may take, whatever the destination's own timeout";
    OTEL_BSP_MAX_QUEUE_SIZE: kinds::POSITIVE, "`65536`", "span_queue",
        "How many spans may wait; the specification's 2048 are filled by a busy service while a slow destination answers once";
    OTEL_BSP_MAX_EXPORT_BATCH_SIZE: "a number, at least 1 and at most the queue's size", "`512`, and up to `8192` where more wait while requests run",
        "span_queue", "How many spans go out in one request";
    OBS_BSP_MAX_QUEUE_BYTES: kinds::BYTES, "`8388608`", "span_queue", "How much waiting spans may weigh, encoded";
    OTEL_BLRP_SCHEDULE_DELAY: kinds::MILLIS, "`1000`", "log_queue", "How long a log record waits for company";
    OTEL_BLRP_EXPORT_TIMEOUT: kinds::TIMEOUT, "`30000`", "log_queue",
        "How long an export of log records may take, whatever the destination's own timeout";
    OTEL_BLRP_MAX_QUEUE_SIZE: kinds::POSITIVE, "`65536`", "log_queue", "How many log records may wait";
    OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: "a number, at least 1 and at most the queue's size", "`512`, and up to `8192` where more wait while requests run",
        "log_queue", "How many log records go out in one request";
    OBS_BLRP_MAX_QUEUE_BYTES: kinds::BYTES, "`8388608`", "log_queue", "How much waiting log records may weigh, encoded";
}
