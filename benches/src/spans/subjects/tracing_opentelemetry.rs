//! `tracing_subscriber`'s registry under `tracing-opentelemetry`'s layer, which keeps its defaults (location, threads,
//! inactivity are attributes of each span), over the provider of `opentelemetry`.

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::layer::SubscriberExt as _;

use super::opentelemetry::provider;
use super::tracing as instrumented;
use crate::spans::subject::{SetUp, Subject, calls};

struct Layered(SdkTracerProvider);

impl Subject for Layered {
    calls!(instrumented);

    fn flush(&self) {
        self.0.force_flush().expect("it flushes in time");
    }
}

pub fn start(set_up: &SetUp) -> Box<dyn Subject> {
    let provider = provider(set_up);
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("benches"));
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layer))
        .expect("it is the first subscriber");
    Box::new(Layered(provider))
}
