#[derive(obs::Envelope)]
struct Attempt(#[envelope(context)] obs::Propagated, #[envelope(attempt)] f64);

struct Id;

#[derive(obs::Envelope)]
struct Identified(#[envelope(context)] obs::Propagated, #[envelope(message_id)] Id);

#[derive(obs::Envelope)]
struct Counted(#[envelope(context)] obs::Propagated, #[envelope(body)] u64);

fn main() {}
