//! Health over gRPC (`grpc.health.v1`): on the port of the admin server, and in servers of the program's own.
//!
//! | service | serves while |
//! | --- | --- |
//! | the empty name, `readiness` | `/readyz` succeeds |
//! | `liveness`, `startup` | `/livez`, `/startupz` succeed |
//! | a group, as `shop.v1.Orders` | `/healthz?group=` succeeds |
//! | a check | it is healthy or degraded; `UNKNOWN` before its first run |
//!
//! What a name means is decided in this order. No token is asked for, and none is needed: a state is told, and no reason.

// `call` is a call from its head to its answer, `services` says what a name stands for, `watch` follows one; `message` and
// `status` are what is sent, `body` sends it. `version` tells HTTP/2 from HTTP/1, `connection` limits what one may cost,
// `sending` sees whether its client takes what it asked for.
mod body;
mod call;
mod connection;
mod message;
mod sending;
mod service;
mod services;
mod status;
#[cfg(test)]
mod tests;
mod version;
mod watch;

use std::fmt;
use std::sync::Arc;

use tokio::sync::Semaphore;

use self::body::Held;
use self::services::Services;
use crate::health::Monitor;

pub(super) use self::connection::Http2;
pub(super) use self::version::{Version, version};
pub use self::{body::Body as GrpcHealthBody, service::GrpcHealth};

/// The service, as methods name it.
const NAME: &str = "grpc.health.v1.Health";

/// Answers calls of the health service.
#[derive(Clone, Debug)]
pub(crate) struct Calls(Services);

impl Calls {
    /// Makes one that answers for as long as the monitor lives, and does not keep it.
    pub(crate) fn of(monitor: &Arc<Monitor>) -> Self {
        Calls(Services::from(monitor))
    }

    /// Makes one without checks, whose every probe succeeds.
    pub(crate) fn idle() -> Self {
        Calls(Services::Idle)
    }
}

/// Where watches find a place.
trait Places: Sync {
    /// Takes a place for as long as what it returns is held; `None` if all are taken.
    fn take(&self) -> Option<Held>;
}

/// So many at a time.
#[derive(Clone)]
struct Bounded(Arc<Semaphore>);

impl Bounded {
    fn new(places: usize) -> Self {
        Bounded(Arc::new(Semaphore::new(places)))
    }
}

impl Places for Bounded {
    fn take(&self) -> Option<Held> {
        Some(Box::new(Arc::clone(&self.0).try_acquire_owned().ok()?))
    }
}

impl fmt::Debug for Bounded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} places free", self.0.available_permits())
    }
}
