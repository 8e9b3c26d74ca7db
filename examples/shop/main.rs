//! The shop: three services that place, build and announce orders, instrumented with nothing but attributes.
//!
//! `cargo run --example shop` opens it and sends customers in; with `--bus nats` over a broker, with `--role` one service a
//! process. Read `orders.rs`, `api.rs`, `build_worker.rs` and `notifier.rs` for the services, which are the same each time;
//! the rest keeps them busy and shows what they do.
#![allow(unreachable_pub)] // a program exports nothing; `pub` says what a module offers to the others

mod alone;
mod api;
mod build_worker;
mod bus;
mod cli;
mod client;
mod notifier;
mod orders;
mod screen;
mod traces;
mod traffic;

use std::error::Error;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use obs::health;
use tokio::net::TcpListener;
use tokio::time::{sleep, timeout};

/// How long the last orders may take when the shop closes.
const CLOSING: Duration = Duration::from_secs(3);
/// Customers a second.
const RATE: u32 = 20;

#[tokio::main]
async fn main() -> ExitCode {
    let options = match cli::parse(std::env::args_os().skip(1)) {
        Ok(Some(options)) => options,
        Ok(None) => {
            screen::print(cli::HELP);
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("shop: {error}\n\n{}", cli::HELP);
            return ExitCode::from(2);
        }
    };
    match run(options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("shop: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: cli::Options) -> Result<(), Box<dyn Error>> {
    // A panic is a log line like any other: one line, with the trace it happened in.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        let message = panic.payload_as_str().unwrap_or("without a message");
        tracing::error!(place, "panic: {message}");
    }));
    match options.role {
        Some(role) => alone::run(role, &options).await,
        None => whole(&options).await,
    }
}

/// Runs all three services, and the customers.
async fn whole(options: &cli::Options) -> Result<(), Box<dyn Error>> {
    let traces = traces::Traces::default();
    let obs = observe(obs::builder().service_name("shop").exporter(traces.clone()), options.admin_port)?;
    let bus = open_bus(options).await?;
    let listener = listen(options.port).await?;
    let address = listener.local_addr()?;
    notifier::start(&bus).await?;
    build_worker::start(&bus).await?;
    api::start(listener, bus.clone(), first_order(options));
    obs.provide(bus.clone()); // what the health checks ask
    screen::intro(address, admin(&obs)?, options.broker.as_ref());

    let crowd = Arc::new(traffic::Crowd::new(client::Client::new(address)));
    tokio::select! {
        () = crowd.run(options.rate.unwrap_or(RATE), closing_time(&obs, options.open_for)) => {}
        () = screen::progress(&crowd, &traces) => {}
    }
    let drained = timeout(CLOSING, bus.drained()).await;
    let _outstanding = obs.flush(CLOSING); // a collector that is away is no failure of the shop; the guard reports it
    let tally = crowd.tally();
    screen::print(&screen::summary(&tally, &traces));
    drained.map_err(|_| "orders were still on the bus when the shop closed")?;
    match options.open_for {
        Some(_) if tally.served == 0 => Err("no customer was served".into()),
        Some(_) if tally.broken > 0 => Err("connections to the api broke".into()),
        Some(_) if traces.crossed() == 0 => Err("no trace crossed all three services".into()),
        _ => Ok(()),
    }
}

/// Starts obs; the environment has the last word on logs, the command line on ports.
fn observe(mut obs: obs::Builder, admin_port: Option<u16>) -> Result<obs::Guard, Box<dyn Error>> {
    obs = obs
        .expect_health(["bus", "opened", "workshop"])
        .health_check(health::event_loop_lag("event_loop").liveness())
        .health_check(health::exporters("telemetry"))
        .health_check(health::memory("memory"))
        .health_check(health::open_files("open_files"));
    if ["OBS_LOG", "RUST_LOG"].iter().all(|name| std::env::var_os(name).is_none()) {
        obs = obs.log("warn");
    }
    if let Some(port) = admin_port {
        obs = obs.admin_port(port);
    }
    obs.init().map_err(|error| match &error {
        obs::InitError::Admin { address, source } if source.kind() == io::ErrorKind::AddrInUse => {
            format!("port {} is taken; give another with --admin-port", address.port()).into()
        }
        _ => error.into(),
    })
}

fn admin(obs: &obs::Guard) -> Result<SocketAddr, Box<dyn Error>> {
    obs.admin_addr().ok_or_else(|| "OBS_ADMIN or OTEL_SDK_DISABLED leaves nothing to see".into())
}

async fn open_bus(options: &cli::Options) -> Result<bus::Bus, bus::ConnectError> {
    match &options.broker {
        Some(broker) => bus::Bus::nats(broker).await,
        None => Ok(bus::Bus::local()),
    }
}

/// Returns the number of the first order: a broker knows those of earlier runs.
fn first_order(options: &cli::Options) -> u64 {
    let since_1970 = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    match &options.broker {
        Some(_) => u64::try_from(since_1970().as_millis()).unwrap_or(1),
        None => 1,
    }
}

/// Waits for the end of the time the shop is open, or until it is told to close. From then on it is not ready for more, and
/// goes on for as long as `OBS_SHUTDOWN_DELAY` says.
async fn closing_time(obs: &obs::Guard, open_for: Option<Duration>) {
    let over = async {
        match open_for {
            Some(duration) => sleep(duration).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = over => {}
        _ = tokio::signal::ctrl_c() => {}
        () = terminated() => {}
    }
    sleep(obs.begin_shutdown()).await;
}

/// Waits for SIGTERM, by which Kubernetes and others end a process.
async fn terminated() {
    #[cfg(unix)]
    if let Ok(mut told) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        told.recv().await;
        return;
    }
    std::future::pending().await
}

async fn listen(port: u16) -> Result<TcpListener, Box<dyn Error>> {
    TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await.map_err(|error| {
        match error.kind() {
            io::ErrorKind::AddrInUse => format!("port {port} is taken; give another with --port").into(),
            _ => format!("port {port}: {error}; give another with --port").into(),
        }
    })
}
