//! The health service, for servers of the program's own.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Request, Response};
use tower_service::Service;

use super::body::Body;
use super::{Bounded, Calls};

/// The watches that a service answers at once, over all its clones: a client's channel has one for each server.
const WATCHES: usize = 10_000;

/// The health service of gRPC (`grpc.health.v1.Health`: `Check`, `Watch`, `List`) for a server of the program's own:
/// [`Guard::grpc_health`](crate::Guard::grpc_health).
///
/// The empty service is what `/readyz` says, `liveness`, `readiness` and `startup` are their probes; a group of checks is a
/// service of its name, as `#[health_check(.., group = "shop.v1.Orders")]` makes `shop.v1.Orders` one, and so is each check.
/// States are told, never reasons. Runs no check and never waits for one. Once a shutdown has begun, the empty service and
/// groups are `NOT_SERVING`; a watch says so and ends 5 s later, so that a graceful shutdown of the server ends too. When
/// the guard is dropped, calls are answered `UNAVAILABLE`, but for a `Check` of `liveness`: nobody is to be restarted for ending.
///
/// Needs a tokio runtime with timers. At most 10 000 watches at once, and messages of 4 KiB.
///
/// With feature `tonic` it is what `add_service` of tonic's takes:
///
/// ```
/// # extern crate obs_runtime as obs;
/// # #[cfg(feature = "tonic")] {
/// # use obs::GrpcHealth;
/// # struct Server;
/// # impl Server {
/// #     fn builder() -> Self { Server }
/// #     fn add_service<S: tonic::server::NamedService>(self, _: S) -> Self { self }
/// # }
/// # fn serve(guard: &obs::Guard) -> Server {
/// Server::builder().add_service(guard.grpc_health())
/// # }
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct GrpcHealth {
    calls: Calls,
    places: Bounded,
}

impl GrpcHealth {
    pub(crate) fn new(calls: Calls) -> Self {
        GrpcHealth { calls, places: Bounded::new(WATCHES) }
    }
}

#[cfg(feature = "tonic")]
impl tonic::server::NamedService for GrpcHealth {
    const NAME: &'static str = super::NAME;
}

impl<B> Service<Request<B>> for GrpcHealth
where
    B: hyper::body::Body<Data: Send> + Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let GrpcHealth { calls, places } = self.clone();
        Box::pin(async move { Ok(calls.answer(request, &places).await) })
    }
}
