obs::metrics! {
    /// Orders.
    static ORDERS: Counter = "orders_total" { a: bool, b: bool, c: bool } max_series = 7;
    /// More orders.
    static MORE: Counter = "more_total" { a: bool, b: bool, c: bool } max_series = 8;
    /// Failed orders.
    static FAILED: Counter = "failed_total" { paid: bool, error_type: obs::ErrorTypeOf<OrderError> } max_series = 7;
    /// More failed orders.
    static MORE_FAILED: Counter = "more_failed_total" { paid: bool, error_type: obs::ErrorTypeOf<OrderError> } max_series = 8;
}

#[derive(obs::ErrorType)]
enum OrderError {
    OutOfStock,
    Closed,
}

fn main() {}
