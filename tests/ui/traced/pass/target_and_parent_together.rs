#![deny(warnings)]

use obs::{SpanContext, traced};
use tracing::Span;
use tracing::span::Id;

#[traced(target = "shop", parent = parent)]
fn span(parent: &Span) {}

#[traced(parent = parent, target = "shop", level = "debug", name = "child", fields(id = 1))]
async fn id(parent: Id) {
    drop(parent);
}

#[traced(target = "shop", parent = None::<SpanContext>)]
fn none() {}

#[traced(parent = &*parent, link = parent.as_ref(), follows_from = Span::current().id())]
fn context(parent: &Option<SpanContext>) {}

struct Job {
    context: SpanContext,
    causes: Vec<SpanContext>,
}

impl Job {
    #[traced(parent = self.context, link = self.causes)]
    fn by_value(self) -> usize {
        self.causes.len()
    }

    #[traced(parent = Some(&self.context), link = &self.causes)]
    fn by_reference(&self) -> usize {
        self.causes.len()
    }
}

fn main() {
    span(&Span::none());
    drop(id(Id::from_u64(1)));
    none();
    context(&None);
    let span_id = obs::SpanId::random();
    let context = SpanContext { trace_id: obs::TraceId::random(), span_id, flags: 1, tracestate: None };
    let job = Job { context: context.clone(), causes: vec![context] };
    assert_eq!(job.by_reference(), 1);
    assert_eq!(job.by_value(), 1);
}
