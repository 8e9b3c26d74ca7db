//! How records wait, and how they leave.

use std::time::Duration;

use super::ConfigError;
use super::destination::Batch;
use super::env::{Env, Origin};
use super::exports::Queue;
use super::parse::{millis, positive, timeout};
use super::shown::{NONE, Shown};
use super::variables::{self as v, Variable};

/// The variables of a signal's queues.
pub(super) struct Names {
    delay: &'static Variable,
    export_timeout: &'static Variable,
    items: &'static Variable,
    batch: &'static Variable,
    bytes: &'static Variable,
    usual_delay: Duration,
}

pub(super) const SPANS: Names = Names {
    delay: &v::OTEL_BSP_SCHEDULE_DELAY,
    export_timeout: &v::OTEL_BSP_EXPORT_TIMEOUT,
    items: &v::OTEL_BSP_MAX_QUEUE_SIZE,
    batch: &v::OTEL_BSP_MAX_EXPORT_BATCH_SIZE,
    bytes: &v::OBS_BSP_MAX_QUEUE_BYTES,
    usual_delay: Duration::from_secs(5),
};

pub(super) const LOGS: Names = Names {
    delay: &v::OTEL_BLRP_SCHEDULE_DELAY,
    export_timeout: &v::OTEL_BLRP_EXPORT_TIMEOUT,
    items: &v::OTEL_BLRP_MAX_QUEUE_SIZE,
    batch: &v::OTEL_BLRP_MAX_EXPORT_BATCH_SIZE,
    bytes: &v::OBS_BLRP_MAX_QUEUE_BYTES,
    usual_delay: Duration::from_secs(1),
};

/// The specification's 2048 are 40 milliseconds of a busy service: what waits is bounded by its bytes.
const QUEUE_ITEMS: usize = 65_536;

/// Spans and log records of one destination that is away take 16 MiB, and what is on its way to the queues 8.
const QUEUE_BYTES: usize = 8 << 20;

/// Reads what goes for the queues of a signal.
pub(super) fn read(env: &mut Env<'_>, names: &Names, given: Queue) -> Result<Batch, ConfigError> {
    for (value, what) in [(given.items, "items"), (given.bytes, "bytes"), (given.batch, "batch")] {
        if value == Some(0) {
            let problem = format!("`0` is no number of {what} for a queue; write one from 1 on");
            return Err(ConfigError { option: names.items.builder(), problem });
        }
    }
    let queue_items = env.option(names.items, given.items, positive("a size of a queue"), QUEUE_ITEMS)?;
    Ok(Batch {
        queue_items,
        queue_bytes: env.option(names.bytes, given.bytes, positive("a number of bytes"), QUEUE_BYTES)?,
        batch_items: batch_items(env, names.batch, given.batch, queue_items)?,
        delay: env.option(names.delay, given.delay, millis, names.usual_delay)?,
        export_timeout: env.option(
            names.export_timeout,
            given.export_timeout,
            timeout,
            Duration::from_secs(30),
        )?,
    })
}

/// A batch "must be less than or equal to" the queue (OpenTelemetry, "Batch Span Processor").
fn batch_items(
    env: &mut Env<'_>,
    variable: &'static Variable,
    given: Option<usize>,
    queue_items: usize,
) -> Result<Option<usize>, ConfigError> {
    let too_large = |items| format!("`{items}` is more than the queue holds; write {queue_items} or less");
    if let Some(items) = given {
        env.note(variable, items.shown(), Origin::Builder(variable.builder()));
        let problem = || ConfigError { option: variable.builder(), problem: too_large(items) };
        return if items > queue_items { Err(problem()) } else { Ok(Some(items)) };
    }
    let fits = |text: &str| {
        let items = positive("a size of a batch")(text)?;
        if items > queue_items { Err(too_large(items)) } else { Ok(items) }
    };
    let items: Option<usize> = env.read(variable, fits)?;
    let origin = items.map_or(Origin::Default, |_| Origin::Environment(variable.name()));
    env.note(variable, items.map_or_else(|| NONE.to_owned(), |items| items.shown()), origin);
    Ok(items)
}
