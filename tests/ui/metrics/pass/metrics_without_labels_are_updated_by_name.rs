//! No labels, no label struct to write.

obs::metrics! {
    /// Restarts.
    static RESTARTS: Counter = "restarts_total";
    /// Messages in a batch.
    static BATCH: Histogram = "batch_messages" unit = "messages" buckets = [1, 10, 100];
    /// Bytes sent.
    static SENT: Counter = "sent_bytes_total" {};
    /// Connections.
    static CONNECTIONS: Gauge = "connections";
}

fn main() {
    RESTARTS.inc();
    BATCH.observe(7.0);
    SENT.add(512);
    CONNECTIONS.inc();
    CONNECTIONS.add(2.0);
    CONNECTIONS.dec();
}
