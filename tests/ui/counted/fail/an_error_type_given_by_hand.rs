use obs::{ErrorTypeOf, counted};

obs::metrics! {
    /// Orders accepted by the shop.
    static ORDERS: Counter = "orders_total" { error_type: ErrorTypeOf<Closed> };
}

#[derive(obs::ErrorType)]
struct Closed;

#[counted(metric = ORDERS, error_type: ErrorTypeOf<Closed>)]
fn declared() {}

#[counted(metric = ORDERS, labels(error_type = "closed"))]
fn given() {}

#[counted(name = "a_total", error_type: ErrorTypeOf<Closed> = Closed)]
fn with_a_value() {}

#[counted(name = "b_total", labels(error_type = "closed"))]
fn among_labels() {}

#[counted(error_type: ErrorTypeOf<Closed>)]
fn without_a_metric() {}

#[counted(name = "c_total", error_type: ErrorTypeOf<Closed>, error_type: ErrorTypeOf<Closed>)]
fn twice() {}

fn main() {
    declared();
    given();
    with_a_value();
    among_labels();
    without_a_metric();
    twice();
}
