//! Requests on their way to one destination, whatever they are made of: what waits, what is sent, what is lost.

mod gate;
mod gzip;
mod http;
mod losses;
mod outbox;
mod queue;
mod records;
mod response;
mod retry;
mod sending;
mod settings;
mod target;
mod transport;

pub(super) use self::gate::Gate;
pub(super) use self::http::{Http, Requests};
pub(super) use self::losses::Goods;
pub(super) use self::outbox::{LIKELY, Outbox, Place, Turn, Wire};
#[cfg(test)]
pub(super) use self::queue::Queue;
pub(super) use self::queue::Receipt;
pub(super) use self::records::{Form, Item, Making, Origin, Records};
pub(super) use self::response::Receipts;
#[cfg(test)]
pub(super) use self::settings::Retry;
pub(crate) use self::settings::{Compression, Settings};
pub(crate) use self::target::{EndpointError, Target};
pub(super) use self::transport::{Body, Transport, Verdict};
