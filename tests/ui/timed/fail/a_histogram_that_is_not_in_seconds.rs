use obs::timed;

obs::metrics! {
    /// Sizes of what was sent.
    pub static SIZES: Histogram = "sent_bytes" buckets = [1.0];
}

#[timed(metric = SIZES)]
fn send() {}

fn main() {
    send();
}
