//! As it was.

use async_trait::async_trait;
use tracing::field::Empty;
use tracing::{Level, Span, info_span, instrument};

use super::{Counter, Declined, Order, level};

#[instrument]
pub(super) fn plain() {}

#[instrument(name = "charge card")]
pub(super) fn charge() {}

#[instrument("charge card")]
pub(super) fn charge_in_short() {}

#[instrument(target = "billing")]
pub(super) fn named() {}

#[instrument(level = "debug")]
pub(super) fn coarse() -> Level {
    level()
}

#[instrument(level = Level::TRACE)]
pub(super) fn fine() -> Level {
    level()
}

#[instrument]
pub(super) fn look_up(id: u64, order: &Order) {}

#[instrument(skip(password))]
pub(super) fn log_in(id: u64, password: &str) {
    let _ = password;
}

#[instrument(skip_all, fields(order.id = order.id, %region, ?order, total = Empty))]
pub(super) fn place(order: &Order, region: &str) {
    Span::current().record("total", 3);
}

#[instrument(skip_all)]
pub(super) fn nothing(_id: u64) {}

#[instrument(err)]
pub(super) fn fails() -> Result<u32, Declined> {
    Err(Declined)
}

#[instrument(err(Debug, level = "warn"))]
pub(super) fn fails_in_debug() -> Result<u32, Declined> {
    Err(Declined)
}

#[instrument(ret)]
pub(super) fn returns() -> u32 {
    7
}

#[instrument(skip_all, ret(Display), err)]
pub(super) fn shows(well: bool) -> Result<u32, Declined> {
    if well { Ok(7) } else { Err(Declined) }
}

#[instrument(skip_all, parent = span)]
pub(super) fn under(span: &Span) {}

#[instrument(parent = None)]
pub(super) fn root() {}

#[instrument(skip_all, follows_from = causes)]
pub(super) fn caused(causes: &[Span]) {}

#[instrument]
pub(super) async fn fetch(id: u64) -> u64 {
    tokio::task::yield_now().await;
    info_span!("inside", n = 1).in_scope(|| id)
}

#[async_trait]
impl Counter for Shop {
    #[instrument(skip(self))]
    async fn count(&self) -> u64 {
        7
    }
}

pub(super) struct Shop;

impl Shop {
    #[instrument(skip(self))]
    pub(super) fn open(&self) {}
}

#[instrument(fields(otel.kind = "server"))]
pub(super) fn serve() {}
