#[derive(obs::Envelope)]
struct Pair(#[envelope(context)] obs::Propagated, u8);

#[derive(obs::Envelope)]
enum Event {
    Placed,
}

#[derive(obs::Envelope)]
struct Nothing;

fn main() {}
