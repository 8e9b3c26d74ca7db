obs::metrics! {
    /// Sizes.
    static SIZES: Histogram = "sent_bytes" buckets = [1.0];
}

fn main() {
    let _timer = obs::timer!(SIZES);
    SIZES.time(|| ());
    SIZES.with(SIZES {}).time(|| ());
}
