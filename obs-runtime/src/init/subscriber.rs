//! The `tracing` subscriber of the process.

use std::sync::{Arc, PoisonError, RwLock};

use tracing_core::{Dispatch, LevelFilter, Metadata, callsite, dispatcher};
use tracing_subscriber::filter::Targets;

use super::InitError;
use crate::config::{Config, directives};
use crate::engine::collector::{Collector, CollectorSettings};
use crate::engine::global;
use crate::engine::layer::{self, Process};
use crate::engine::port::Port;
use crate::engine::sampler::Sampler;
use crate::engine::shadow::{AnyLayer, Stacked};
use crate::engine::subscriber::{Engine, Parts, Wanted};
use crate::record::Sink;

/// What is said where a layer of ours is in a registry of the program's own: it gives away each span as it ends, and does
/// not wait for the rest of the trace.
const NO_TAIL: &str = "the tail rule is ignored: `obs::layer()` in a registry of the program's own cannot follow it; \
    leave the registry to `init()`, and give it other layers by `builder().layer(..)`";

/// What was made, and what of the configuration is ignored.
pub(super) type Installed = (Arc<Collector>, Arc<SpanFilter>, Option<&'static str>);

/// Makes the subscriber of the process, or uses the layer that the program installed itself.
pub(super) fn install(
    sink: Arc<dyn Sink>,
    config: &Config,
    layers: Option<AnyLayer>,
) -> Result<Installed, InitError> {
    let (limits, log_limits) = (config.limits, config.log_limits);
    let settings = CollectorSettings { limits, tail: config.sampling.tail, ..CollectorSettings::default() };
    let collector = Collector::start(Arc::clone(&sink), settings).map_err(InitError::Thread)?;
    let spans =
        Arc::new(SpanFilter { now: RwLock::new(config.spans.clone()), exported: config.export_level.into() });
    let wanted = wanted(config.export_level.into(), config.log.clone(), &spans);
    let sampler = Arc::new(Sampler::new(config.sampling.sampler));
    let engine = Engine::new(Parts {
        collector: Arc::clone(&collector),
        sampler: Arc::clone(&sampler),
        sink: Arc::clone(&sink),
        limits,
        log_limits,
        wanted: wanted.clone(),
    });
    let has_layers = layers.is_some();
    let ours = match layers {
        None => Dispatch::new(engine),
        Some(layers) => Dispatch::new(Stacked::new(engine, layers)),
    };
    let is_ours = dispatcher::set_global_default(ours).is_ok();
    if is_ours {
        global::announce();
    }
    // Layers that were given to us cannot join a registry that stands.
    let installed = is_ours || !has_layers && dispatcher::get_default(|d| d.downcast_ref::<Port>().is_some());
    if installed && layer::connect(Process { sink, sampler, limits, log_limits, wanted }) {
        Ok((collector, spans, config.sampling.tail.filter(|_| !is_ours).map(|_| NO_TAIL)))
    } else {
        Err(InitError::SubscriberTaken)
    }
}

/// Which spans are recorded, by module and level; `None` for those that events of the same kind are.
pub(super) struct SpanFilter {
    now: RwLock<Option<Targets>>,
    /// Down to where, for what a filter does not name.
    exported: LevelFilter,
}

impl SpanFilter {
    /// Replaces the filter. Spans that are open stay.
    pub(super) fn set(&self, filter: &str) -> Result<(), String> {
        let filter = directives::read(filter, self.exported)?;
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = Some(filter);
        callsite::rebuild_interest_cache();
        Ok(())
    }

    fn would_enable(&self, span: &Metadata<'_>) -> Option<bool> {
        let filter = self.now.read().unwrap_or_else(PoisonError::into_inner);
        filter.as_ref().map(|filter| filter.would_enable(span.target(), span.level()))
    }

    fn most(&self) -> Option<LevelFilter> {
        self.now.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(most)
    }
}

/// What is recorded: everything down to the level that is exported, and what the log wants beyond that; spans as their
/// filter says, where there is one.
fn wanted(exported: LevelFilter, log: Targets, spans: &Arc<SpanFilter>) -> Wanted {
    let level = exported.max(most(&log));
    let spans_level = Arc::clone(spans);
    let spans = Arc::clone(spans);
    let filter = move |metadata: &Metadata<'_>| {
        let of_span = if metadata.is_span() { spans.would_enable(metadata) } else { None };
        of_span.unwrap_or_else(|| {
            *metadata.level() <= exported || log.would_enable(metadata.target(), metadata.level())
        })
    };
    Wanted {
        level: Arc::new(move || spans_level.most().map_or(level, |spans| spans.max(level))),
        filter: Arc::new(filter),
    }
}

fn most(targets: &Targets) -> LevelFilter {
    let default = targets.default_level().unwrap_or(LevelFilter::OFF);
    targets.iter().map(|(_, level)| level).fold(default, LevelFilter::max)
}
