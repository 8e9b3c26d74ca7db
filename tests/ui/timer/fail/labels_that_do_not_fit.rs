obs::metrics! {
    /// Times.
    static READ: Histogram = "read_seconds" { cached: bool };
    /// Reads.
    static READS: Counter = "reads_total" { cached: bool };
}

fn main() {
    let _missing = obs::timer!(READ);
    let _unknown = obs::timer!(READ, cashed = true);
    let _type = obs::timer!(READ, cached = 1);
    let _counter = obs::timer!(READS, cached = true);
    let _metric = obs::timer!(REED, cached = true);
}
