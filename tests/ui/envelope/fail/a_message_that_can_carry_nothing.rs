#[derive(obs::Envelope)]
struct Nothing;

#[derive(obs::Envelope)]
struct Empty {}

#[derive(obs::Envelope)]
enum Event {
    Placed(#[envelope(context)] obs::Propagated),
    Cancelled,
}

#[derive(obs::Envelope)]
union Either {
    number: u64,
    bytes: [u8; 8],
}

fn main() {}
