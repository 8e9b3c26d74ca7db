//! Our routes and gRPC's health service in servers of the program's own, asked by clients of others: a process of its own.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)] // a test fails by panicking; its name says what holds

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use obs::export::Exporter;
use obs::health::Check;
use obs::record::Record;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Server};
use tonic::{Code, Streaming};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::HealthCheckResponse;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

/// An exporter that tells, by its end, that nobody holds it any more.
struct Kept(#[allow(dead_code)] Arc<()>);

impl Exporter for Kept {
    fn name(&self) -> &'static str {
        "kept"
    }

    fn accept(&self, _: &Record) {}
}

static UP: AtomicBool = AtomicBool::new(true);

fn database() -> Check {
    let run = || async { if UP.load(Ordering::SeqCst) { Ok(()) } else { Err("the secret reason") } };
    let every = Duration::from_secs(1);
    Check::new("db", run).critical().interval(every).timeout(every / 2).failures(1).group("shop.v1.Orders")
}

async fn soon<T>(condition: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), condition).await.unwrap()
}

/// A client of tonic's.
async fn client(address: SocketAddr) -> HealthClient<Channel> {
    let channel = Channel::from_shared(format!("http://{address}")).unwrap();
    HealthClient::new(channel.connect().await.unwrap())
}

fn asked(service: &str) -> HealthCheckRequest {
    HealthCheckRequest { service: service.to_owned() }
}

async fn check(client: &mut HealthClient<Channel>, service: &str) -> Result<ServingStatus, Code> {
    let mut request = tonic::Request::new(asked(service));
    request.set_timeout(Duration::from_secs(20));
    client.check(request).await.map(|answer| answer.get_ref().status()).map_err(|status| status.code())
}

/// A watch, and what it says next.
struct Watch(Streaming<HealthCheckResponse>);

impl Watch {
    async fn begin(client: &mut HealthClient<Channel>, service: &str) -> Watch {
        Watch(client.watch(asked(service)).await.unwrap().into_inner())
    }

    async fn next(&mut self) -> Result<ServingStatus, Code> {
        let said = soon(self.0.message()).await.map_err(|status| status.code())?;
        Ok(said.unwrap().status())
    }
}

/// Serves our service beside those of the program, until it is told to end.
async fn own_grpc(guard: &obs::Guard) -> (SocketAddr, oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (end, ended) = oneshot::channel::<()>();
    let server = Server::builder().add_service(guard.grpc_health());
    let served =
        server.serve_with_incoming_shutdown(TcpIncoming::from(listener), async { drop(ended.await) });
    (address, end, tokio::spawn(async move { served.await.unwrap() }))
}

/// Serves our routes, beside those of the program and under a prefix.
async fn own_http(guard: &obs::Guard) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let orders = Router::new().route("/orders", get(async || "none")).route("/", get(async || "the shop"));
    let routes = orders.merge(guard.router()).nest("/internal", guard.router());
    tokio::spawn(async move { axum::serve(listener, routes).await });
    address
}

async fn http(address: SocketAddr, path: &str) -> (u16, String) {
    let url = format!("http://{address}{path}");
    tokio::task::spawn_blocking(move || obs_tests::get(&url).unwrap()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_is_told_by_every_door_and_to_clients_of_others() {
    let kept = Arc::new(());
    let exporter = Kept(Arc::clone(&kept));
    let builder = obs::builder().admin("127.0.0.1:0".parse::<SocketAddr>().unwrap()).log("off");
    let guard = builder.exporter(exporter).health_check(database()).init().unwrap();
    let kept: Weak<()> = {
        let weak = Arc::downgrade(&kept);
        drop(kept);
        weak
    };
    let (grpc, end, served) = own_grpc(&guard).await;
    let (admin, own) = (guard.admin_addr().unwrap(), own_http(&guard).await);
    let mut doors = [client(admin).await, client(grpc).await];
    let mut watches = Vec::new();
    for door in &mut doors {
        soon(async { while check(door, "").await != Ok(ServingStatus::Serving) {} }).await;
        assert_eq!(check(door, "shop.v1.Orders").await, Ok(ServingStatus::Serving));
        assert_eq!(check(door, "shop.v1.Bills").await, Err(Code::NotFound));
        let mut watch = Watch::begin(door, "shop.v1.Orders").await;
        assert_eq!(watch.next().await, Ok(ServingStatus::Serving));
        watches.push(watch);
        let mut nobody = Watch::begin(door, "shop.v1.Bills").await;
        assert_eq!(nobody.next().await, Ok(ServingStatus::ServiceUnknown));
    }

    for prefix in ["", "/internal"] {
        let get = async |path: &str| http(own, &format!("{prefix}{path}")).await;
        assert_eq!(get("/readyz").await, (200, "ok\n".to_owned()));
        assert_eq!((get("/readyz/db").await.0, get("/readyz/nothing").await.0), (200, 404));
        for path in ["/metrics", "/health/detailed", "/catalog"] {
            assert_eq!(get(path).await.0, 403, "{path}: no token, no secrets");
        }
        for path in ["/livez", "/startupz", "/healthz", "/health", "/health/live", "/health/ready"] {
            assert_eq!(get(path).await.0, 200, "{path}");
        }
    }
    assert_eq!(http(own, "/orders").await, (200, "none".to_owned()));
    assert_eq!(http(own, "/").await, (200, "the shop".to_owned()));

    UP.store(false, Ordering::SeqCst);
    for (door, watch) in doors.iter_mut().zip(&mut watches) {
        assert_eq!(watch.next().await, Ok(ServingStatus::NotServing));
        assert_eq!(check(door, "").await, Ok(ServingStatus::NotServing));
    }
    let (status, text) = http(own, "/internal/readyz?verbose").await;
    assert_eq!(
        (status, text.contains("[-]db failed"), text.contains("secret")),
        (503, true, false),
        "{text}"
    );
    UP.store(true, Ordering::SeqCst);
    for watch in &mut watches {
        assert_eq!(watch.next().await, Ok(ServingStatus::Serving));
    }

    guard.begin_shutdown();
    for (door, watch) in doors.iter_mut().zip(&mut watches) {
        assert_eq!(watch.next().await, Ok(ServingStatus::NotServing));
        assert_eq!(check(door, "").await, Ok(ServingStatus::NotServing));
        assert_eq!(check(door, "liveness").await, Ok(ServingStatus::Serving));
    }
    assert_eq!((http(own, "/readyz").await.0, http(own, "/livez").await.0), (503, 200));
    // Watches end by themselves, and so a server that waits for its calls does.
    for watch in &mut watches {
        assert_eq!(watch.next().await, Err(Code::Unavailable));
    }
    let mut last = Watch::begin(&mut doors[1], "liveness").await;
    assert_eq!(last.next().await, Ok(ServingStatus::Serving));

    tokio::task::spawn_blocking(move || drop(guard)).await.unwrap();
    assert_eq!(last.next().await, Ok(ServingStatus::NotServing));
    assert_eq!(last.next().await, Err(Code::Unavailable));
    assert_eq!(check(&mut doors[1], "").await, Err(Code::Unavailable));
    assert_eq!(
        check(&mut doors[1], "liveness").await,
        Ok(ServingStatus::Serving),
        "nobody is restarted for ending"
    );
    for path in ["/readyz", "/internal/startupz", "/metrics"] {
        assert_eq!(http(own, path).await, (503, "shut down\n".to_owned()), "{path}");
    }
    for path in ["/livez", "/internal/livez", "/internal/health/live"] {
        assert_eq!(http(own, path).await, (200, "ok\n".to_owned()), "{path}: nobody is restarted for ending");
    }
    assert_eq!(http(own, "/orders").await.0, 200, "the program's own goes on");
    assert_eq!(kept.strong_count(), 0, "no exporter is kept");
    end.send(()).unwrap();
    soon(served).await.unwrap();
}
