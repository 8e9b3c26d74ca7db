#![deny(warnings)]
#![warn(clippy::pedantic)]

use obs::ErrorTypeOf;

#[derive(obs::ErrorType)]
enum OrderError {
    Closed,
}

fn kind(_: &OrderError) -> &'static str {
    "closed"
}

#[obs::counted(name = "a_total", error_type: ErrorTypeOf<OrderError>)]
fn alone() -> Result<(), OrderError> {
    Err(OrderError::Closed)
}

#[obs::counted(name = "b_total", region = "eu", error_type: obs::ErrorTypeOf<OrderError>, paid: bool = paid)]
#[obs::timed(name = "b_seconds", error_type: ErrorTypeOf<Box<OrderError>>, max_series = 3)]
fn among_others(paid: bool) -> Result<bool, Box<OrderError>> {
    if paid { Ok(paid) } else { Err(Box::new(OrderError::Closed)) }
}

#[obs::counted(name = "c_total", error_type = kind, error_type: ErrorTypeOf<OrderError>, count = error)]
async fn named_otherwise() -> Result<(), OrderError> {
    Err(OrderError::Closed)
}

fn main() {
    assert!(alone().is_err());
    assert!(among_others(false).is_err());
    drop(named_otherwise());
}
