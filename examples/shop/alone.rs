//! One service in a process of its own.

use std::error::Error;
use std::sync::Arc;

use tokio::time::timeout;

use crate::cli::{Options, Role};
use crate::{
    CLOSING, admin, api, build_worker, client, closing_time, first_order, listen, notifier, observe,
};
use crate::{open_bus, screen, traffic};

/// Runs a service until it is closed.
pub async fn run(role: Role, options: &Options) -> Result<(), Box<dyn Error>> {
    let from_environment = std::env::var_os("OTEL_EXPORTER_PROMETHEUS_PORT").is_some();
    let admin_port = options.admin_port.or((!from_environment).then(|| role.admin_port()));
    let obs = observe(obs::builder().service_name(role.name()), admin_port)?;
    let bus = open_bus(options).await?;
    let mut server = None;
    match role {
        Role::Api => {
            let listener = listen(options.port).await?;
            server = Some(listener.local_addr()?);
            api::start(listener, bus.clone(), first_order(options));
        }
        Role::BuildWorker => build_worker::start(&bus).await?,
        Role::Notifier => notifier::start(&bus).await?,
    }
    obs.provide(bus.clone()); // what the health checks ask
    screen::intro_of(role, server, admin(&obs)?);
    match (server, options.rate) {
        (Some(server), Some(rate)) => {
            let crowd = Arc::new(traffic::Crowd::new(client::Client::new(server)));
            crowd.run(rate, closing_time(&obs, options.open_for)).await;
            screen::print(&screen::closed(&crowd.tally()));
        }
        _ => closing_time(&obs, options.open_for).await,
    }
    timeout(CLOSING, bus.at_rest()).await.map_err(|_| "the last messages took too long; they come again")?;
    let _outstanding = obs.flush(CLOSING); // a collector that is away is no failure of the service; the guard reports it
    Ok(())
}
