//! `opentelemetry_sdk` without `tracing`: the SDK's batch processor with its default queue of 2048 and batches of 512.
//! Unsampled is its `ParentBased(AlwaysOff)`.

use std::hint::black_box;

use opentelemetry::trace::{
    FutureExt as _, TraceContextExt as _, Tracer as _, TracerProvider as _, mark_span_as_active,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{Protocol, WithExportConfig as _};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider, Span, SpanData, SpanExporter};

use crate::spans::subject::{CHILDREN, Once, PLAIN_CHILDREN, REGION, SetUp, Subject, arrive, drive, work};

#[derive(Debug)]
struct Count;

impl SpanExporter for Count {
    fn export(&self, batch: Vec<SpanData>) -> impl Future<Output = OTelSdkResult> + Send {
        arrive(batch.len());
        std::future::ready(Ok(()))
    }
}

/// Returns the exporter that all peers use: OTLP/HTTP as protobuf by the blocking client.
pub fn otlp_exporter() -> opentelemetry_otlp::SpanExporter {
    opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .build()
        .expect("an exporter can be made")
}

/// Returns a provider as the SDK's examples make it.
pub fn provider(set_up: &SetUp) -> SdkTracerProvider {
    let decision = if set_up.sampled { Sampler::AlwaysOn } else { Sampler::AlwaysOff };
    let builder = SdkTracerProvider::builder().with_sampler(Sampler::ParentBased(Box::new(decision)));
    if set_up.otlp {
        builder.with_batch_exporter(otlp_exporter()).build()
    } else {
        builder.with_batch_exporter(Count).build()
    }
}

struct Sdk {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

impl Sdk {
    #[inline]
    fn span(&self, name: &'static str, a: i64, b: &'static str, c: i64) -> Span {
        let attributes = [KeyValue::new("a", a), KeyValue::new("b", b), KeyValue::new("c", c)];
        self.tracer.span_builder(name).with_attributes(attributes).start(&self.tracer)
    }

    #[inline(never)]
    fn child(&self, a: i64, b: &'static str, c: i64) -> i64 {
        let _active = mark_span_as_active(self.span("child", a, b, c));
        work(a, b, c)
    }

    #[inline(never)]
    fn root(&self, a: i64, b: &'static str, c: i64) -> i64 {
        let _active = mark_span_as_active(self.span("root", a, b, c));
        (0..CHILDREN).map(|n| self.child(a, b, n)).sum::<i64>() + c
    }

    #[inline(never)]
    fn plain_child(&self, a: i64) -> i64 {
        let _active = mark_span_as_active(self.tracer.start("plain_child"));
        work(a, REGION, 0)
    }

    #[inline(never)]
    fn plain_root(&self, a: i64) -> i64 {
        let _active = mark_span_as_active(self.tracer.start("plain_root"));
        (0..PLAIN_CHILDREN).map(|n| self.plain_child(a + n)).sum::<i64>()
    }

    fn async_child(&self, a: i64, b: &'static str, c: i64) -> impl Future<Output = i64> {
        let context = Context::current_with_span(self.span("async_child", a, b, c));
        let body = async move {
            Once::default().await;
            work(a, b, c)
        };
        body.with_context(context)
    }

    fn async_root(&self, a: i64, b: &'static str, c: i64) -> impl Future<Output = i64> {
        let context = Context::current_with_span(self.span("async_root", a, b, c));
        let body = async move {
            let mut sum = c;
            for n in 0..CHILDREN {
                sum += self.async_child(a, b, n).await;
            }
            sum
        };
        body.with_context(context)
    }
}

impl Subject for Sdk {
    fn fields(&self, n: i64) {
        black_box(self.root(n, REGION, n));
    }

    fn plain(&self, n: i64) {
        black_box(self.plain_root(n));
    }

    fn awaiting(&self, n: i64) {
        black_box(drive(self.async_root(n, REGION, n)));
    }

    fn flush(&self) {
        self.provider.force_flush().expect("it flushes in time");
    }
}

pub fn start(set_up: &SetUp) -> Box<dyn Subject> {
    let provider = provider(set_up);
    let tracer = provider.tracer("benches");
    Box::new(Sdk { provider, tracer })
}
