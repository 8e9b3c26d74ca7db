obs::metrics! {
    /// Orders.
    static ORDERS: Counter = "orders_total" { outcome: obs::Outcome };
    /// Failures.
    static FAILURES: Counter = "failures_total" { outcome: obs::Outcome, error_type: obs::ErrorTypeOf<Closed> };
}

#[derive(obs::ErrorType)]
struct Closed;

struct NoName;

fn main() {
    ORDERS.with(ORDERS {}).outcome(obs::Outcome::Error).error_type(&Closed).inc();
    FAILURES.with(FAILURES {}).error_type(&Closed).inc();
    FAILURES.with(FAILURES {}).error_type(&Closed).error_type(&Closed);
    FAILURES.with(FAILURES {}).outcome(obs::Outcome::Error).error_type(&NoName).inc();
}
