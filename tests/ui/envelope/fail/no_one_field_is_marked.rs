use std::collections::HashMap;

#[derive(obs::Envelope)]
struct Unmarked {
    context: obs::Propagated,
}

#[derive(obs::Envelope)]
struct Wrapper(obs::Propagated);

#[derive(obs::Envelope)]
enum Event {
    Placed { context: obs::Propagated },
    Paid(obs::Propagated, u64),
    Sent(#[envelope(headers)] HashMap<String, String>),
}

#[derive(obs::Envelope)]
struct Twice {
    #[envelope(context)]
    context: obs::Propagated,
    #[envelope(headers)]
    headers: HashMap<String, String>,
}

#[derive(obs::Envelope)]
enum InOneVariant {
    Both(#[envelope(context)] obs::Propagated, #[envelope(inner)] Sound),
    One(Sound),
}

#[derive(obs::Envelope)]
struct OneInTwoWays {
    #[envelope(context, headers)]
    context: obs::Propagated,
}

#[derive(obs::Envelope)]
struct Sound {
    #[envelope(context)]
    context: obs::Propagated,
}

#[derive(obs::Envelope)]
struct Misspelt {
    #[envelope(contxt)]
    context: obs::Propagated,
}

#[derive(obs::Envelope)]
struct Bare {
    #[envelope]
    context: obs::Propagated,
}

#[obs::traced(producer, envelope = event, destination = "orders")]
fn publish(event: &mut Unmarked) {
    let _ = event;
}

fn main() {}
