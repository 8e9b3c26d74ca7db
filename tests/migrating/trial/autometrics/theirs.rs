//! As it was.

use autometrics::objectives::{Objective, ObjectiveLatency, ObjectivePercentile};
use autometrics::{ResultLabels, autometrics};

#[autometrics]
pub(super) fn plain() {}

#[autometrics]
pub(super) fn place(id: u64) -> Result<u64, String> {
    if id == 0 { Err("no such order".to_owned()) } else { Ok(id) }
}

#[autometrics]
pub(super) async fn fetch() {
    tokio::task::yield_now().await;
}

#[autometrics(ok_if = Option::is_some)]
pub(super) fn find(id: u64) -> Option<u64> {
    (id > 0).then_some(id)
}

#[autometrics(error_if = Option::is_none)]
pub(super) fn search(id: u64) -> Option<u64> {
    (id > 0).then_some(id)
}

pub(super) struct Stall;

impl Stall {
    #[autometrics(struct_name = "Stall")]
    pub(super) fn open(&self) {}
}

#[derive(ResultLabels)]
pub(super) enum Failure {
    #[label(result = "ok")]
    NotFound,
    Broken,
}

#[autometrics]
pub(super) fn serve(failure: Option<Failure>) -> Result<(), Failure> {
    failure.map_or(Ok(()), Err)
}

#[autometrics(track_concurrency)]
pub(super) fn wait(meanwhile: impl FnOnce()) {
    meanwhile();
}

pub(super) struct Shop;

#[autometrics]
impl Shop {
    pub(super) fn open(&self) {}

    #[skip_autometrics]
    pub(super) fn count(&self) {}
}

pub(super) enum Paid {
    Declined,
}

impl From<&Paid> for &'static str {
    fn from(_: &Paid) -> Self {
        "declined"
    }
}

#[autometrics(error_if = is_declined)]
pub(super) fn pay() -> Paid {
    Paid::Declined
}

fn is_declined(paid: &Paid) -> bool {
    matches!(paid, Paid::Declined)
}

const API: Objective = Objective::new("api")
    .success_rate(ObjectivePercentile::P99_9)
    .latency(ObjectiveLatency::Ms250, ObjectivePercentile::P99);

#[autometrics(objective = API)]
pub(super) fn answer() {}
