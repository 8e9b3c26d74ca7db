//! As it is.

use super::Failure;

#[obs::observed]
pub(super) fn plain() {}

#[obs::observed]
pub(super) fn place(id: u64) -> Result<u64, String> {
    if id == 0 { Err("no such order".to_owned()) } else { Ok(id) }
}

#[obs::observed]
pub(super) async fn fetch() {
    tokio::task::yield_now().await;
}

#[obs::counted]
#[obs::timed]
pub(super) fn quiet() {}

#[obs::observed(ok_if = Option::is_some)]
pub(super) fn find(id: u64) -> Option<u64> {
    (id > 0).then_some(id)
}

#[obs::observed(error_if = Option::is_none)]
pub(super) fn search(id: u64) -> Option<u64> {
    (id > 0).then_some(id)
}

fn served(result: &Result<(), Failure>) -> bool {
    matches!(result, Ok(()) | Err(Failure::NotFound))
}

#[obs::observed(ok_if = served)]
pub(super) fn serve(failure: Option<Failure>) -> Result<(), Failure> {
    failure.map_or(Ok(()), Err)
}

#[obs::timed(in_flight)]
pub(super) fn wait(meanwhile: impl FnOnce()) {
    meanwhile();
}

pub(super) struct Shop;

#[obs::observed]
impl Shop {
    pub(super) fn open(&self) {}

    #[obs::skip]
    pub(super) fn count(&self) {}
}

pub(super) struct Stall;

#[obs::observed]
impl Stall {
    pub(super) fn open(&self) {}
}

#[derive(Debug, obs::ErrorType)]
#[error_type(rename = "declined")]
pub(super) struct Declined;

#[obs::counted(name = "payments_total", error_type: obs::ErrorTypeOf<Declined>)]
pub(super) fn pay() -> Result<(), Declined> {
    Err(Declined)
}

#[obs::counted(name = "api_calls_total", objective = "api")]
#[obs::timed(name = "api_duration_seconds", objective = "api", buckets = [0.1, 0.25, 1.0])]
pub(super) fn answer() {}
