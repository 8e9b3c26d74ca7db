//! Requests on their way to one destination, whatever they are made of: what waits, what is sent, what is lost.

mod connector;
mod draining;
mod gate;
#[cfg(feature = "grpc")]
mod grpc;
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
mod spool;
mod spooling;
mod target;
#[cfg(feature = "tls")]
mod tls;
mod transport;

pub(crate) use self::connector::TlsFiles;
pub(super) use self::connector::{Connector, Version};
#[cfg(all(test, feature = "grpc"))]
pub(super) use self::gate::Gate;
#[cfg(feature = "grpc")]
pub(super) use self::grpc::{Calls, Grpc};
pub(super) use self::http::{Http, Requests};
pub(crate) use self::losses::Goods;
pub(super) use self::losses::Losses;
pub(super) use self::outbox::{LIKELY, Outbox, Place, Turn, Wire};
#[cfg(test)]
pub(super) use self::queue::Queue;
pub(super) use self::queue::Receipt;
pub(super) use self::records::{Form, Item, Making, Origin, Records};
pub(super) use self::response::Receipts;
#[cfg(test)]
pub(super) use self::settings::Retry;
pub(crate) use self::settings::{Compression, Secrets, Settings};
pub(crate) use self::spool::Place as SpoolPlace;
pub(crate) use self::target::{EndpointError, Target};
pub(super) use self::transport::{Attempt, Body, Transport, Verdict};
