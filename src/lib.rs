//! Instrumentation for Rust services, by annotation: spans, metrics, health checks and the context that travels.
//!
//! # The tour
//!
//! **Start.** `let _obs = obs::init()?;` at the top of `main`; the [`Guard`] delivers what is left when it is dropped. There
//! are no required options: [`builder`] has them in code, environment variables outside.
//!
//! **Annotate.** [`observed`] gives a function a span, `function_calls_total`, `function_duration_seconds` and
//! `function_calls_in_flight`; [`traced`], [`counted`] and [`timed`] are its parts. Stacked, they are one guard, and a call has
//! one [`Outcome`]: `ok`, `error`, `panicked` or `cancelled`. Only what is named is recorded. On an `impl` block or a module
//! they go on every function inside; [`skip`] leaves one out.
//!
//! ```
//! #[obs::observed(fields(order.id = id))]
//! fn place_order(id: u64) -> Result<(), String> {
//!     if id == 0 { Err("no such order".into()) } else { Ok(()) }
//! }
//!
//! # fn main() {
//! obs::testing::capture(|t| {
//!     place_order(7).unwrap();
//!     place_order(0).unwrap_err();
//!     assert_eq!(t.tree(), "place_order ok order.id=7\nplace_order error order.id=0 error.type=alloc::string::String\n");
//!     assert_eq!(t.calls("place_order", obs::Outcome::Error), 1);
//! });
//! # }
//! ```
//!
//! **Declare metrics.** [`metrics!`] makes a static and a label struct of the same name, so that a typo, a missing label or a
//! wrong type is the compiler's error. Label values come from enums under `#[derive(obs::Label)]`.
//!
//! ```
//! obs::metrics! {
//!     /// Orders, by region and outcome.
//!     pub static ORDERS: Counter = "orders_total" { region: Region, outcome: obs::Outcome };
//! }
//!
//! #[derive(obs::Label, Clone, Copy)]
//! enum Region { Eu, Us }
//!
//! #[obs::counted(metric = ORDERS, region = region)]
//! fn place_order(region: Region) {}
//! # place_order(Region::Eu); place_order(Region::Us);
//! ```
//!
//! **Cross processes.** `#[derive(obs::Envelope)]` marks where a message carries its context; `#[traced(producer, ...)]` stamps
//! it and `#[traced(consumer, ...)]` continues from it. For everything else that has headers: [`inject`] and [`extract`], over
//! any [`Carrier`]. `obs::http::ServerLayer` and `obs::http::ClientLayer` (feature `tower`, `axum` with the routes of axum's) do
//! so for servers and clients, `send_traced()` (feature `reqwest`) for requests of reqwest's.
//!
//! **Check health.** [`health_check`] registers a function, and a method of an `impl` block under [`health_checks`]; the admin
//! server answers `/livez`, `/readyz` and the like from the last result.
//!
//! **Test.** [`macro@test`] gives a test its own spans, logs and metrics; [`testing::capture`] does so inside of one.
//!
//! **Spawn.** [`spawn`], [`spawn_blocking`] and [`spawn_thread`] take the context along; [`carry`] and [`carry_future`] put it
//! into what others spawn; [`Sent`] takes it through a channel.
//!
//! **Several services in one process.** What runs under [`service`]`("api").scope(...)` carries that name.

#[doc(hidden)]
pub use obs_runtime::__private;
#[cfg(feature = "opentelemetry")]
#[doc(inline)]
pub use obs_runtime::bridge as opentelemetry;
pub use obs_runtime::health;
#[cfg(feature = "tower")]
pub use obs_runtime::http;
#[cfg(feature = "nats")]
pub use obs_runtime::nats;
pub use obs_runtime::{
    Baggage, BaggageError, BuildInfo, Builder, Carried, Carrier, ConfigError, Configuration, Context,
    Counter, CounterSeries, Delivery, Envelope, Environment, ErrorNames, ErrorType, ErrorTypeOf,
    ExemplarFilter, Exporter, Fact, FileExport, FlushError, Framed, Gauge, GaugeSeries, Guard, Health,
    Histogram, HistogramAggregation, HistogramSeries, Info, InitError, LabelValue, Layer, Level, LogFormat,
    LogLimits, Otlp, Outcome, Propagated, Propagator, Protocol, Pushgateway, Queue, Sampling, Scope, Sent,
    Service, SpanContext, SpanData, SpanId, SpanLimits, Spans, State, StatusClass, Stdout, TailRule,
    Temporality, Timer, TraceId, Trust, Zipkin, baggage, build_info, builder, carry, carry_future, config,
    continue_from, correlation_id, current, export, extract, init, inject, layer, record, service, spawn,
    spawn_blocking, spawn_thread, testing, with_context_fields,
};
#[cfg(feature = "grpc")]
pub use obs_runtime::{GrpcHealth, GrpcHealthBody};

#[doc = include_str!("docs/envelope.md")]
#[doc(inline)]
pub use obs_macros::Envelope;
#[doc = include_str!("docs/error_type.md")]
#[doc(inline)]
pub use obs_macros::ErrorType;
#[doc = include_str!("docs/label.md")]
#[doc(inline)]
pub use obs_macros::Label;
#[doc = include_str!("docs/counted.md")]
#[doc(inline)]
pub use obs_macros::counted;
#[doc = include_str!("docs/health_check.md")]
#[doc(inline)]
pub use obs_macros::health_check;
#[doc = include_str!("docs/health_checks.md")]
#[doc(inline)]
pub use obs_macros::health_checks;
#[doc = include_str!("docs/metrics.md")]
#[doc(inline)]
pub use obs_macros::metrics;
#[doc = include_str!("docs/observed.md")]
#[doc(inline)]
pub use obs_macros::observed;
#[doc = include_str!("docs/registry.md")]
#[doc(inline)]
pub use obs_macros::registry;
#[doc = include_str!("docs/skip.md")]
#[doc(inline)]
pub use obs_macros::skip;
#[doc = include_str!("docs/test.md")]
#[doc(inline)]
pub use obs_macros::test;
#[doc = include_str!("docs/timed.md")]
#[doc(inline)]
pub use obs_macros::timed;
#[doc = include_str!("docs/traced.md")]
#[doc(inline)]
pub use obs_macros::traced;
#[doc = include_str!("docs/timer.md")]
#[doc(inline)]
pub use obs_runtime::timer;
