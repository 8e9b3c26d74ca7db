obs::metrics! {
    /// Orders.
    static ORDERS: Counter = "orders";
    /// Orders.
    static CAMEL: Counter = "OrdersPlaced-Total";
    /// Time.
    static MILLIS: Histogram = "order_duration_ms";
    /// Time.
    static BARE: Histogram = "latency";
    /// Depth.
    static DEPTH: Gauge = "queue_total";
    /// Sum.
    static SUM: Counter = "spent_sum";
    /// Calls.
    static CALLS: Counter = "function_calls_total";
    /// Rows.
    static ROWS: Histogram = "batch" unit = "rows" buckets = [1.0];
}

fn main() {
    ORDERS.inc();
    CAMEL.inc();
    MILLIS.observe(1.0);
    BARE.observe(1.0);
    DEPTH.set(1.0);
    SUM.inc();
    CALLS.inc();
    ROWS.observe(1.0);
}
