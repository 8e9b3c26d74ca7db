#![deny(warnings)]

use obs::ErrorType;

#[derive(ErrorType)]
#[allow(dead_code)]
enum OrderError<T> {
    OutOfStock { item: T },
    #[error_type(rename = "payment")]
    Payment(String),
    r#Closed,
}

#[derive(obs::ErrorType)]
struct Refused;

#[derive(obs::ErrorType)]
#[error_type(rename = "timeout", crate = ::obs)]
struct Elapsed(#[allow(dead_code)] u64);

#[derive(obs::ErrorType)]
enum Never {}

fn never() -> Option<Never> {
    None
}

fn main() {
    assert_eq!(OrderError::OutOfStock { item: 1 }.error_type(), "OutOfStock");
    assert_eq!(Box::new(OrderError::<u8>::Payment(String::new())).error_type(), "payment");
    assert_eq!((&OrderError::<u8>::Closed).error_type(), "Closed");
    assert_eq!(Refused.error_type(), "Refused");
    assert_eq!(std::sync::Arc::new(Elapsed(1)).error_type(), "timeout");
    assert!(never().is_none_or(|never| never.error_type().is_empty()));
}
