#[timed(name = "order_duration_seconds", express: bool = express, buckets = linear(0.1, 0.1, 3))]
fn place_order(express: bool) {}
