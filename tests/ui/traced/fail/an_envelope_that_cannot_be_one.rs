use obs::{Envelope, Propagated, traced};

struct Event;

impl Envelope for Event {
    fn stamp(&mut self, _context: &Propagated) {}

    fn context(&self) -> Propagated {
        Propagated::default()
    }
}

struct Job {
    event: Event,
}

#[traced(producer, envelope = evnt)]
fn unknown(event: &mut Event, _bus: u8) {
    drop(event);
}

#[traced(producer, envelope = event)]
fn nothing_to_take() {}

#[traced(producer, envelope = event)]
fn shared(event: &Event) {
    let _ = event;
}

#[traced(producer, envelope = event)]
fn immutable(event: Event) {
    drop(event);
}

#[traced(producer, envelope = event.build())]
fn computed(event: &mut Event) {
    let _ = event;
}

#[traced(consumer, root, envelope = event)]
fn two_parents(event: Event) {
    drop(event);
}

impl Job {
    #[traced(producer, envelope = self.event)]
    fn send(&self) {}
}

fn main() {
    unknown(&mut Event, 1);
    nothing_to_take();
    shared(&Event);
    immutable(Event);
    computed(&mut Event);
    two_parents(Event);
    Job { event: Event }.send();
}
