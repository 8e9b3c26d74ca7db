use obs::traced;

#[derive(obs::Envelope)]
struct Event {
    #[envelope(context)]
    context: obs::Propagated,
}

struct Job;

#[traced(consumer, batch = event)]
fn only_one(event: Event) {
    drop(event);
}

#[traced(consumer, batch = jobs)]
fn no_envelopes(jobs: Vec<Job>) {
    drop(jobs);
}

fn main() {}
