//! `fastrace` with feature `enable`, as its README has it: `Span::root` made the local parent, `LocalSpan` in sync
//! functions and `in_span` in async ones. Properties are strings there; a static one is borrowed.

use std::borrow::Cow;
use std::hint::black_box;

use fastrace::collector::{Config, Reporter, SpanRecord};
use fastrace::future::FutureExt as _;
use fastrace::local::LocalSpan;
use fastrace::prelude::{Span, SpanContext};
use fastrace_opentelemetry::OpenTelemetryReporter;
use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::Resource;

use super::opentelemetry::otlp_exporter;
use crate::spans::subject::{CHILDREN, Once, PLAIN_CHILDREN, REGION, SetUp, Subject, arrive, drive, work};

struct Count;

impl Reporter for Count {
    fn report(&mut self, spans: Vec<SpanRecord>) {
        arrive(spans.len());
    }
}

type Property = (&'static str, Cow<'static, str>);

#[inline]
fn properties(a: i64, b: &'static str, c: i64) -> [Property; 3] {
    [("a", a.to_string().into()), ("b", b.into()), ("c", c.to_string().into())]
}

#[inline(never)]
fn child(a: i64, b: &'static str, c: i64) -> i64 {
    let _span = LocalSpan::enter_with_local_parent("child").with_properties(|| properties(a, b, c));
    work(a, b, c)
}

#[inline(never)]
fn root(context: SpanContext, a: i64, b: &'static str, c: i64) -> i64 {
    let span = Span::root("root", context).with_properties(|| properties(a, b, c));
    let _parent = span.set_local_parent();
    (0..CHILDREN).map(|n| child(a, b, n)).sum::<i64>() + c
}

#[inline(never)]
fn plain_child(a: i64) -> i64 {
    let _span = LocalSpan::enter_with_local_parent("plain_child");
    work(a, REGION, 0)
}

#[inline(never)]
fn plain_root(context: SpanContext, a: i64) -> i64 {
    let span = Span::root("plain_root", context);
    let _parent = span.set_local_parent();
    (0..PLAIN_CHILDREN).map(|n| plain_child(a + n)).sum::<i64>()
}

fn async_child(a: i64, b: &'static str, c: i64) -> impl Future<Output = i64> {
    let span = Span::enter_with_local_parent("async_child").with_properties(|| properties(a, b, c));
    let body = async move {
        Once::default().await;
        work(a, b, c)
    };
    body.in_span(span)
}

fn async_root(context: SpanContext, a: i64, b: &'static str, c: i64) -> impl Future<Output = i64> {
    let span = Span::root("async_root", context).with_properties(|| properties(a, b, c));
    let body = async move {
        let mut sum = c;
        for n in 0..CHILDREN {
            sum += async_child(a, b, n).await;
        }
        sum
    };
    body.in_span(span)
}

struct Fastrace {
    sampled: bool,
}

impl Fastrace {
    fn context(&self) -> SpanContext {
        SpanContext::random().sampled(self.sampled)
    }
}

impl Subject for Fastrace {
    fn fields(&self, n: i64) {
        black_box(root(self.context(), n, REGION, n));
    }

    fn plain(&self, n: i64) {
        black_box(plain_root(self.context(), n));
    }

    fn awaiting(&self, n: i64) {
        black_box(drive(async_root(self.context(), n, REGION, n)));
    }

    fn flush(&self) {
        fastrace::flush();
    }
}

pub fn start(set_up: &SetUp) -> Box<dyn Subject> {
    if set_up.otlp {
        let scope = InstrumentationScope::builder("benches").build();
        let resource = Cow::Owned(Resource::builder().build());
        let reporter = OpenTelemetryReporter::new(otlp_exporter(), resource, scope);
        fastrace::set_reporter(reporter, Config::default());
    } else {
        fastrace::set_reporter(Count, Config::default());
    }
    Box::new(Fastrace { sampled: set_up.sampled })
}
