#![deny(warnings)]

use obs::__private::{CATALOG, Entry, SpanKind};
use obs::{Envelope, Propagated, traced};

#[derive(Clone, Default)]
struct Event {
    context: Propagated,
    id: u64,
}

impl Envelope for Event {
    fn stamp(&mut self, context: &Propagated) {
        self.context = context.clone();
    }

    fn context(&self) -> Propagated {
        self.context.clone()
    }
}

struct Job {
    event: Event,
}

const TOPIC: &str = "orders.placed";

#[traced(producer, envelope = event, destination = "orders.placed")]
fn by_reference(event: &mut Event) -> u64 {
    event.id
}

#[traced(producer, envelope = event, destination = TOPIC)]
async fn by_value(mut event: Event) -> Event {
    event.id += 1;
    event
}

#[traced(kind = producer, envelope = job.event)]
fn inside(job: &mut Job) {
    job.event.id += 1;
}

#[traced(consumer, envelope = event, destination = "orders.placed")]
fn taken(event: Event) -> u64 {
    event.id
}

#[traced(consumer, envelope = event)]
async fn borrowed(event: &Event) -> u64 {
    event.id
}

#[traced(consumer, envelope = event)]
fn destructured(Job { event, .. }: Job) -> Event {
    event
}

#[traced(consumer, envelope = event)]
fn generic<E: Envelope>(event: Box<E>) -> bool {
    event.context().is_empty()
}

impl Job {
    #[traced(producer, envelope = self.event)]
    fn send(&mut self) {}

    #[traced(consumer, envelope = self.event)]
    fn handle(&self) {}
}

fn main() {
    let mut event = Event::default();
    assert_eq!(by_reference(&mut event), 0);
    drop(by_value(event.clone()));
    let mut job = Job { event: event.clone() };
    inside(&mut job);
    job.send();
    job.handle();
    assert_eq!(taken(event.clone()), 0);
    drop(borrowed(&event));
    assert_eq!(destructured(job).id, 1);
    assert!(generic(Box::new(event)));

    let site = |name| {
        let sites = CATALOG.iter().filter_map(|entry| match entry {
            Entry::Function(callsite) => Some(callsite.site()),
            _ => None,
        });
        sites.into_iter().find(|site| site.name == name).unwrap()
    };
    let operation = |name| [("messaging.operation.name", name), ("messaging.operation.type", name)];
    let sent = [&[("messaging.destination.name", TOPIC)][..], &operation("send")].concat();
    assert_eq!(site("by_reference").constants, sent);
    assert_eq!(site("by_value").constants, sent);
    assert_eq!(site("by_value").kind, SpanKind::Producer);
    assert_eq!(site("taken").constants[1..], operation("process"));
    assert_eq!(site("borrowed").kind, SpanKind::Consumer);
    assert_eq!(site("borrowed").constants, operation("process"));
}
