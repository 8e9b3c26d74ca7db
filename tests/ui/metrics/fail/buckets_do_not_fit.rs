obs::metrics! {
    /// Orders.
    static ORDERS: Counter = "orders_total" buckets = [1.0];
    /// Time.
    static NONE: Histogram = "none_seconds" buckets = [];
    /// Size.
    static SIZE: Histogram = "size_bytes";
    /// Time.
    static HUGE: Histogram = "huge_seconds" buckets = [1.0, 1e999];
    /// Time.
    static TWICE: Histogram = "twice_seconds" buckets = [1.0] unit = "ms" buckets = [2.0];
}

fn main() {}
