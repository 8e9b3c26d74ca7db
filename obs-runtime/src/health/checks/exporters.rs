//! Whether telemetry gets where it is to go.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::figures::percent;
use crate::Health;
use crate::health::check::{Check, Work};
use crate::health::states::{Deliveries, Delivery, FromStates, State};
use crate::record::Text;

/// The share of a queue's bound above which it is told.
const FULL: f64 = 0.8;

/// What [`exporters`] looks at.
#[derive(Clone, Debug)]
pub struct Exporters {
    unhealthy_on_loss: bool,
}

/// Makes a check that telemetry gets where it is to go: degraded where a queue is filled by more than 80 % of its bound, in
/// items or bytes; where something was lost since the last run (the first looks back to the start), with how much, where and
/// why, as in `obs_dropped_total` and `obs_rejected_total`; and where the last attempt of an exporter failed.
///
/// Never unhealthy, as lost telemetry is no reason to send a service no requests, unless
/// [`unhealthy_on_loss`](Check::<Exporters>::unhealthy_on_loss) says so. Details: for each exporter and signal what was lost so
/// far and how full its queue is, as in `otlp.traces.lost` and `otlp.traces.queue_ratio`.
///
/// ```
/// # extern crate obs_runtime as obs;
/// let builder = obs::builder().health_check(obs::health::exporters("telemetry"));
/// # let _ = builder;
/// ```
pub fn exporters(name: impl Into<Text>) -> Check<Exporters> {
    Check::of(name, Exporters { unhealthy_on_loss: false })
}

impl Check<Exporters> {
    /// Makes a loss a failure, for services whose telemetry must be complete.
    pub fn unhealthy_on_loss(mut self) -> Self {
        self.work.unhealthy_on_loss = true;
        self
    }
}

impl From<Check<Exporters>> for Check {
    fn from(check: Check<Exporters>) -> Check {
        check.into_work(|exporters| {
            let before = Arc::new(Mutex::new(Before::default()));
            Ok(Work::own(move |states, _| {
                let deliveries = (State::<Deliveries>::from_states(states)?.0)();
                let mut before = before.lock().unwrap_or_else(PoisonError::into_inner);
                Ok(std::future::ready(exporters.judge(&deliveries, &mut before)))
            }))
        })
    }
}

/// What was lost by the last run, by exporter, signal and reason.
type Before = HashMap<(&'static str, &'static str, &'static str), u64>;

impl Exporters {
    fn judge(&self, deliveries: &[Delivery], before: &mut Before) -> Health {
        let losses: Vec<String> = deliveries.iter().flat_map(|delivery| lost(delivery, before)).collect();
        let full = deliveries.iter().filter_map(full);
        let trouble = deliveries.iter().filter_map(trouble);
        let has_lost = !losses.is_empty();
        let reasons: Vec<String> = losses.into_iter().chain(full).chain(trouble).collect();
        let health = if has_lost && self.unhealthy_on_loss {
            Health::unhealthy(reasons.join("; "))
        } else if reasons.is_empty() {
            Health::healthy()
        } else {
            Health::degraded(reasons.join("; "))
        };
        deliveries.iter().fold(health, detailed)
    }
}

/// Says what was lost since the last run, a sentence for each reason.
fn lost(delivery: &Delivery, before: &mut Before) -> Vec<String> {
    let Delivery { signal, exporter, items: [one, many], lost, .. } = delivery;
    let mut told = Vec::new();
    for (reason, count) in lost {
        let known = before.insert((exporter, signal, reason), *count).unwrap_or(0);
        let new = count.saturating_sub(known);
        if new > 0 {
            let items = if new == 1 { one } else { many };
            told.push(format!("{exporter} lost {new} {items} ({reason})"));
        }
    }
    told
}

fn full(delivery: &Delivery) -> Option<String> {
    let Delivery { signal, exporter, filled, .. } = delivery;
    let filled = filled.filter(|filled| *filled > FULL)?;
    Some(format!("the queue of {exporter} for {signal} is filled by {}", percent(filled)))
}

fn trouble(delivery: &Delivery) -> Option<String> {
    let Delivery { signal, exporter, trouble, .. } = delivery;
    Some(format!("{exporter} does not get rid of {signal}: {}", trouble.as_ref()?))
}

fn detailed(health: Health, delivery: &Delivery) -> Health {
    let Delivery { signal, exporter, filled, lost, .. } = delivery;
    let lost: u64 = lost.iter().map(|(_, count)| count).sum();
    let health = health.with(format!("{exporter}.{signal}.lost"), lost);
    match *filled {
        Some(filled) => health.with(format!("{exporter}.{signal}.queue_ratio"), filled),
        None => health,
    }
}

#[cfg(test)]
mod tests;
