//! The `tracing` subscriber of the process.

use std::sync::Arc;

use tracing_core::{Dispatch, LevelFilter, Metadata, dispatcher};
use tracing_subscriber::filter::Targets;

use super::InitError;
use crate::config::Config;
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

/// Who collects what the subscriber records, and what of the configuration is ignored.
pub(super) type Installed = (Arc<Collector>, Option<&'static str>);

/// Makes the subscriber of the process, or uses the layer that the program installed itself.
pub(super) fn install(
    sink: Arc<dyn Sink>,
    config: &Config,
    layers: Option<AnyLayer>,
) -> Result<Installed, InitError> {
    let limits = config.limits;
    let settings = CollectorSettings { limits, tail: config.sampling.tail, ..CollectorSettings::default() };
    let collector = Collector::start(Arc::clone(&sink), settings).map_err(InitError::Thread)?;
    let wanted = wanted(config.export_level.into(), config.log.clone());
    let sampler = Arc::new(Sampler::new(config.sampling.sampler));
    let engine = Engine::new(Parts {
        collector: Arc::clone(&collector),
        sampler: Arc::clone(&sampler),
        sink: Arc::clone(&sink),
        limits,
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
    if installed && layer::connect(Process { sink, sampler, limits, wanted }) {
        Ok((collector, config.sampling.tail.filter(|_| !is_ours).map(|_| NO_TAIL)))
    } else {
        Err(InitError::SubscriberTaken)
    }
}

/// What is recorded: everything down to the level that is exported, and what the log wants beyond that.
fn wanted(exported: LevelFilter, log: Targets) -> Wanted {
    let most = log.iter().map(|(_, level)| level).max().unwrap_or(LevelFilter::OFF);
    let level = exported.max(log.default_level().unwrap_or(exported)).max(most);
    let filter = move |metadata: &Metadata<'_>| {
        *metadata.level() <= exported || log.would_enable(metadata.target(), metadata.level())
    };
    Wanted { level, filter: Arc::new(filter) }
}
