#[derive(obs::Envelope)]
struct Placed {
    #[envelope(context)]
    context: obs::Propagated,
}

#[derive(obs::Envelope)]
enum Event {
    #[envelope(inner)]
    Placed(Placed),
    #[envelope(context)]
    Paid { context: obs::Propagated },
}

#[derive(obs::Envelope)]
#[envelope(context)]
struct OnTheMessage {
    #[envelope(context)]
    context: obs::Propagated,
}

#[derive(obs::Envelope)]
struct Delivery {
    #[envelope(inner)]
    message: Placed,
    #[envelope(attempt)]
    attempt: u64,
    #[envelope(attempt)]
    redelivered: u64,
}

#[derive(obs::Envelope)]
struct NoContext {
    #[envelope(message_id)]
    id: u64,
}

fn main() {}
