use obs::{SpanContext, traced};

#[derive(obs::Envelope)]
struct Event {
    #[envelope(context)]
    context: obs::Propagated,
}

#[traced(root, parent = context)]
fn a_root(_context: SpanContext) {}

#[traced(consumer, envelope = _event, parent = context)]
fn a_message(_event: Event, _context: SpanContext) {}

#[traced(parent)]
fn no_parent() {}

#[traced(parent = load()?, link = load().await)]
async fn an_expression_that_leaves() {}

fn main() {}
