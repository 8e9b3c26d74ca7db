obs::metrics! {
    /// Times by outcome.
    static SETTLE: Histogram = "settle_seconds" { outcome: obs::Outcome };
    /// Times.
    static PAUSE: Histogram = "pause_seconds";
}

fn main() {
    SETTLE.with(SETTLE {}).time(|| ());
    obs::timer!(PAUSE).ok();
}
