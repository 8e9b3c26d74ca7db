#![deny(warnings)]
#![warn(clippy::pedantic)]

use std::rc::Rc;
use std::sync::Arc;

#[derive(obs::ErrorType)]
enum OrderError {
    OutOfStock,
    Payment(#[allow(dead_code)] u8),
}

#[derive(obs::ErrorType)]
struct Refused<T>(#[allow(dead_code)] T);

/// Says itself what its names are.
struct Foreign(u8);

impl obs::ErrorType for Foreign {
    fn error_type(&self) -> &'static str {
        if self.0 == 0 { "zero" } else { "many" }
    }
}

impl obs::ErrorNames for Foreign {
    const NAMES: &'static [&'static str] = &["zero", "many"];
}

type OrderErrors = obs::ErrorTypeOf<OrderError>;

obs::metrics! {
    /// Orders.
    pub static ORDERS: Counter = "orders_total" { paid: bool, outcome: obs::Outcome, error_type: obs::ErrorTypeOf<OrderError> };
    /// Time.
    static TIME: Histogram = "order_duration_seconds" { error_type: OrderErrors };
    /// Boxed.
    static BOXED: Counter = "boxed_total" { error_type: obs::ErrorTypeOf<Box<OrderError>>, outcome: obs::Outcome } max_series = 4;
    /// Shared.
    static SHARED: Counter = "shared_total" { error_type: obs::ErrorTypeOf<Rc<Arc<&'static Refused<String>>>> } max_series = 3;
    /// Foreign.
    static FOREIGN: Counter = "foreign_total" { error_type: obs::ErrorTypeOf<Foreign> };
}

#[obs::counted(metric = ORDERS, paid = paid)]
#[obs::timed(metric = TIME)]
fn place(paid: bool) -> Result<(), OrderError> {
    if paid { Err(OrderError::OutOfStock) } else { Err(OrderError::Payment(1)) }
}

fn main() {
    assert!(place(true).is_err());
    assert!(place(false).is_err());
    let paid = ORDERS.with(ORDERS { paid: true });
    paid.outcome(obs::Outcome::Ok).inc();
    let failed = paid.outcome(obs::Outcome::Error); // a series may be kept and used again
    failed.error_type(&OrderError::OutOfStock).inc();
    failed.error_type(&Box::new(OrderError::OutOfStock)).add(2);
    paid.error_type(&OrderError::Payment(1)).outcome(obs::Outcome::Error).inc();
    TIME.observe(0.1);
    TIME.with(TIME {}).error_type(&OrderError::OutOfStock).observe(0.1);
    BOXED.with(BOXED {}).outcome(obs::Outcome::Error).inc();
    SHARED.inc();
    FOREIGN.with(FOREIGN {}).error_type(&Foreign(1)).inc();
}
