obs::metrics! {
    /// Orders accepted by the shop.
    pub static ORDERS: Counter = "orders_total" { region: Region, outcome: obs::Outcome };
    /// Messages in a batch.
    #[cfg(feature = "batch")]
    static BATCH: Histogram = "batch_messages" unit = "messages" buckets = [1, 10.5] max_series = 1;
}
