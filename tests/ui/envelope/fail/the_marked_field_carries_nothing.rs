#[derive(obs::Envelope)]
struct Placed {
    #[envelope(context)]
    context: String,
}

#[derive(obs::Envelope)]
struct Message {
    #[envelope(headers)]
    headers: Vec<u8>,
}

struct Job;

#[derive(obs::Envelope)]
enum Event {
    Done(Job),
}

fn main() {}
