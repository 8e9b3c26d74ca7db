use obs::{Propagated, SpanContext, traced};

#[derive(obs::Envelope)]
struct Event {
    #[envelope(context)]
    context: Propagated,
}

#[traced(batch = events)]
fn nobody_consumes(events: Vec<Event>) {
    drop(events);
}

#[traced(producer, batch = events)]
fn sent(events: &mut Vec<Event>) {
    events.clear();
}

#[traced(consumer, batch = events, envelope = event)]
fn one_and_many(events: Vec<Event>, event: Event) {
    drop((events, event));
}

#[traced(consumer, batch = events, parent = context)]
fn another_parent(events: Vec<Event>, context: SpanContext) {
    drop((events, context));
}

#[traced(consumer, batch = evnts)]
fn misspelt(events: Vec<Event>) {
    drop(events);
}

#[traced(consumer, batch)]
fn no_name(events: Vec<Event>) {
    drop(events);
}

fn main() {}
