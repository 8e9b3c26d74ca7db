//! `trust`, `batch` and `reply`, and envelopes of servers and clients.
#![deny(warnings)]

use obs::{Envelope, Propagated, SpanContext, observed, traced};

#[derive(obs::Envelope, Clone, Default)]
struct Event {
    #[envelope(context)]
    context: Propagated,
    id: u64,
}

#[traced(consumer, envelope = event, trust = continue)]
fn continued(event: Event) -> u64 {
    event.id
}

#[traced(kind = server, envelope = event, trust = "link", link = more)]
async fn linked(event: &Event, more: &SpanContext) -> u64 {
    event.id + more.span_id.get()
}

#[observed(consumer, trust = restart, envelope = event,)]
fn restarted(event: &mut Event) -> u64 {
    event.id
}

#[traced(parent = context, trust = link)]
fn by_hand(context: Option<&Propagated>) -> bool {
    context.is_some()
}

macro_rules! trusting {
    ($name:ident, $how:ident) => {
        #[traced(server, envelope = event, trust = $how)]
        fn $name(event: Event) -> u64 {
            event.id
        }
    };
}

trusting!(made, link);

#[traced(consumer, batch = events, root, destination = "orders", system = "nats")]
fn of_values(events: Vec<Event>) -> usize {
    events.len()
}

#[traced(consumer, batch = events)]
async fn of_references(events: &[Event]) -> usize {
    events.len()
}

#[observed(consumer, batch = events, fields(messaging.batch.message_count = 1, other))]
fn of_an_array<E: Envelope>(events: &mut [E; 2], other: u8) -> usize {
    let _ = other;
    events.len()
}

struct Job<'a> {
    events: &'a [Event],
}

impl Job<'_> {
    #[traced(consumer, batch = self.events)]
    fn of_a_part(&self) -> usize {
        self.events.len()
    }
}

#[traced(client, envelope = request, reply)]
async fn ask(request: &mut Event) -> Result<Event, String> {
    Ok(request.clone())
}

#[traced(server, envelope = request, reply)]
fn answer(request: Event) -> Option<Box<dyn Envelope>> {
    (request.id > 0).then(|| Box::new(request) as _)
}

#[traced(consumer, envelope = request, reply, err, ret(Debug), slow = "1s")]
async fn fallible(request: Event) -> Result<Answer, std::num::ParseIntError> {
    "7".parse::<u64>().map(|id| Answer(Event { id, ..request }))
}

#[derive(obs::Envelope)]
struct Answer(#[envelope(inner)] Event);

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0.id)
    }
}

fn main() {
    let event = Event { id: 1, ..Event::default() };
    assert_eq!(continued(event.clone()), 1);
    assert_eq!(restarted(&mut event.clone()), 1);
    assert!(by_hand(Some(&event.context)));
    assert_eq!(made(event.clone()), 1);
    assert_eq!(of_values(vec![event.clone()]), 1);
    assert_eq!(Job { events: &[event.clone()] }.of_a_part(), 1);
    assert!(answer(event.clone()).is_some());
    drop(of_references(&[]));
    drop(ask(&mut event.clone()));
    drop(fallible(event));
    let _ = linked;
    assert_eq!(of_an_array(&mut [Event::default(), Event::default()], 1), 2);
}
