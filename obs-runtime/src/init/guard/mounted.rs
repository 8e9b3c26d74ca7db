//! What the guard gives to servers of the program's own.

use super::Guard;
#[cfg(feature = "grpc")]
use crate::admin::grpc::{Calls, GrpcHealth};
#[cfg(feature = "axum")]
use crate::admin::router::{self, Mounted};

impl Guard {
    /// Returns gRPC's health service (`grpc.health.v1`) for a server of the program's own, as `add_service` of tonic's takes
    /// it. It does not keep `obs` going: once the guard is dropped, calls are answered `UNAVAILABLE`. Without a running `obs`
    /// there are no checks, and the probes are `SERVING`.
    #[cfg(feature = "grpc")]
    pub fn grpc_health(&self) -> GrpcHealth {
        GrpcHealth::new(self.running.as_ref().map_or_else(Calls::idle, |running| Calls::of(&running.monitor)))
    }

    /// Returns the routes of the admin server for an axum server of the program's own: `/livez`, `/readyz`, `/startupz`,
    /// `/healthz`, each also with `/NAME` for one check; `/health`, `/health/live`, `/health/ready`, `/health/detailed`;
    /// `/metrics` and `/catalog`. To be merged with the program's routes, or nested under a prefix.
    ///
    /// Such a server may be anybody's: probes are open, `/metrics`, `/health/detailed` and `/catalog` need the token, and
    /// without one they are 403 and reasons are withheld. Names of hosts and limits of connections are the program's to check.
    /// There are two scrapes at a time, those of the admin server included.
    ///
    /// It does not keep `obs` going: once the guard is dropped, `/livez` and `/health/live` are 200, for nobody is to be restarted
    /// for ending, and every other route is 503. Without a running `obs` there are no checks and no metrics, and the probes
    /// succeed. Needs a tokio runtime with timers.
    ///
    /// ```
    /// # extern crate obs_runtime as obs;
    /// # fn app(guard: &obs::Guard) -> axum::Router {
    /// use axum::{Router, routing::get};
    ///
    /// Router::new().route("/orders", get(async || "none")).nest("/internal", guard.router())
    /// # }
    /// ```
    #[cfg(feature = "axum")]
    pub fn router(&self) -> axum::Router {
        router::router(self.running.as_ref().map_or_else(Mounted::idle, |running| Mounted::of(&running.desk)))
    }
}
