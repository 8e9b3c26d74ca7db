//! The runtime of `obs`: use it through the `obs` crate.
//!
//! Data flows one way: annotated code calls `__private`, which updates spans (`engine`), metrics and health; those make
//! the plain data of `record`; `export` and `admin` read it. `init` is the only place that knows both sides.

#[doc(hidden)]
pub mod __private;
mod admin;
#[cfg(feature = "opentelemetry")]
pub mod bridge;
mod call;
mod callsite;
mod carriers;
mod clock;
mod config;
mod context;
mod engine;
pub mod export;
#[cfg(test)]
mod folder;
mod forked;
mod framed;
mod header;
pub mod health;
mod hostile;
#[cfg(feature = "tower")]
pub mod http;
mod init;
mod metrics;
mod one_line;
mod outcome;
mod percent;
mod quiet;
pub mod record;
mod report;
mod resource;
mod sent;
mod service;
mod slow;
mod sources;
mod task;
pub mod testing;
#[cfg(feature = "tls")]
mod tls;
mod verdict;

#[cfg(feature = "grpc")]
pub use admin::grpc::{GrpcHealth, GrpcHealthBody};
#[cfg(feature = "nats")]
pub use carriers::nats;
pub use config::{ConfigError, Configuration, FileExport, Otlp, Queue, Stdout, Zipkin, config};
pub use context::{
    Baggage, BaggageError, Carrier, Context, Delivery, Envelope, Environment, Propagated, Propagator,
    SpanContext, SpanId, TraceId, Trust, baggage, continue_from, correlation_id, current, extract, inject,
    with_context_fields,
};
pub use engine::collector::TailRule;
pub use engine::exemplars::ExemplarFilter;
pub use engine::layer::{Layer, layer};
pub use engine::limits::{Limits as SpanLimits, LogLimits};
pub use engine::sampler::Sampling;
pub use engine::shadow::{SpanData, Spans};
pub use export::{Exporter, FlushError, HistogramAggregation, LogFormat, Protocol, Pushgateway, Temporality};
pub use framed::Framed;
#[doc(inline)]
pub use health::{Health, State};
pub use init::{Builder, Guard, InitError, begin_shutdown, builder, init};
pub use metrics::{
    Counter, CounterSeries, ErrorNames, ErrorTypeOf, Fact, Gauge, GaugeSeries, Histogram, HistogramSeries,
    Info, LabelValue, Level, StatusClass, Timer,
};
pub use outcome::Outcome;
pub use sent::Sent;
pub use service::{Scope, Service, service};
pub use sources::BuildInfo;
pub use task::{Carried, carry, carry_future, spawn, spawn_blocking, spawn_thread};
pub use verdict::ErrorType;
