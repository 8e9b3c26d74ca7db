//! As it is.

use async_trait::async_trait;
use tracing::field::Empty;
use tracing::{Level, Span, info_span};

use super::{Counter, Declined, Order, level};

#[obs::traced]
pub(super) fn plain() {}

#[obs::traced(name = "charge card")]
pub(super) fn charge() {}

#[obs::traced(name = "charge card")]
pub(super) fn charge_in_short() {}

#[obs::traced(target = "billing")]
pub(super) fn named() {}

#[obs::traced(level = "debug")]
pub(super) fn coarse() -> Level {
    level()
}

#[obs::traced(level = Level::TRACE)]
pub(super) fn fine() -> Level {
    level()
}

#[obs::traced(fields(id, ?order))]
pub(super) fn look_up(id: u64, order: &Order) {}

#[obs::traced(skip(password), fields(id))]
pub(super) fn log_in(id: u64, password: &str) {
    let _ = password;
}

#[obs::traced(skip_all, fields(order.id = order.id, %region, ?order, total = Empty))]
pub(super) fn place(order: &Order, region: &str) {
    Span::current().record("total", 3);
}

#[obs::traced]
pub(super) fn nothing(_id: u64) {}

#[obs::traced(err)]
pub(super) fn fails() -> Result<u32, Declined> {
    Err(Declined)
}

#[obs::traced(err(Debug, level = "warn"))]
pub(super) fn fails_in_debug() -> Result<u32, Declined> {
    Err(Declined)
}

#[obs::traced(ret)]
pub(super) fn returns() -> u32 {
    7
}

#[obs::traced(ret(Display), err)]
pub(super) fn shows(well: bool) -> Result<u32, Declined> {
    if well { Ok(7) } else { Err(Declined) }
}

#[obs::traced(parent = span)]
pub(super) fn under(span: &Span) {}

#[obs::traced(root)]
pub(super) fn root() {}

#[obs::traced(follows_from = causes)]
pub(super) fn caused(causes: &[Span]) {}

#[obs::traced(fields(id))]
pub(super) async fn fetch(id: u64) -> u64 {
    tokio::task::yield_now().await;
    info_span!("inside", n = 1).in_scope(|| id)
}

#[async_trait]
impl Counter for Shop {
    #[obs::traced]
    async fn count(&self) -> u64 {
        7
    }
}

pub(super) struct Shop;

impl Shop {
    #[obs::traced]
    pub(super) fn open(&self) {}
}

pub(super) struct Stall;

#[obs::traced]
impl Stall {
    pub(super) fn open(&self) {}

    #[obs::skip]
    pub(super) fn count(&self) {}
}

#[obs::traced(server)]
pub(super) fn serve() {}
