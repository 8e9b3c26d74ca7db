use obs::{Propagated, observed, traced};

#[derive(obs::Envelope)]
struct Event {
    #[envelope(context)]
    context: Propagated,
}

#[traced(consumer, trust = restart)]
fn a_stranger() {}

#[traced(producer, envelope = event, trust = link)]
fn sent(event: &mut Event) {
    let _ = event;
}

#[observed(consumer, envelope = event, trust = maybe)]
fn another_word(event: Event) {
    drop(event);
}

#[observed(consumer, envelope = event, trust = return)]
fn another_keyword(event: Event) {
    drop(event);
}

#[traced(consumer, envelope = event, trust)]
fn no_word(event: Event) {
    drop(event);
}

#[traced(consumer, envelope = event, trust = link(1))]
fn no_word_at_all(event: Event) {
    drop(event);
}

#[traced(consumer, batch = events, trust = link)]
fn many(events: Vec<Event>) {
    drop(events);
}

fn main() {}
