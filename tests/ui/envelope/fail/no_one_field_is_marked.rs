#[derive(obs::Envelope)]
struct Unmarked {
    context: obs::Propagated,
}

#[derive(obs::Envelope)]
struct Twice {
    #[envelope(context)]
    context: obs::Propagated,
    #[envelope(headers)]
    headers: std::collections::HashMap<String, String>,
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
