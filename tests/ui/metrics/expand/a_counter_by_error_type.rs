obs::metrics! {
    /// Orders that failed.
    static FAILED: Counter = "orders_failed_total" { error_type: obs::ErrorTypeOf<OrderError> };
}
