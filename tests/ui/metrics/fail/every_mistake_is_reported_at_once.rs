obs::metrics! {
    pub static ORDERS: Counter = "orders";
    /// Time.
    pub static TIME: Histogram = "time_seconds" { le: Kind, le: Kind } buckets = [0.5, 0.1, 0.1, f64::INFINITY];
    /// Depth.
    pub statik DEPTH: Gauge = "depth";
    /// Size.
    pub static SIZE: Histogramm = "size_bytes" buckets = [1.0] bukets = [2.0];
}

#[derive(obs::Label, Clone, Copy)]
pub enum Kind {
    One,
}

fn main() {
    ORDERS.inc();
    TIME.with(TIME { le: Kind::One }).observe(1.0);
    SIZE.observe(1.0);
}
