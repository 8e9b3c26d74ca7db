//! Whether something accepts connections.

use std::time::Duration;

use tokio::time::Instant;

use super::dial::Place;
use super::most;
use crate::Health;
use crate::health::check::{Check, Work};
use crate::record::Text;

/// Makes a check that something accepts TCP connections at `address`, a `host:port`.
///
/// Each run looks the name up, connects, and closes the connection at once; nothing is sent. Of several addresses the first
/// that accepts will do, the next is tried after 250 ms (RFC 8305). The reason tells apart a name that does not resolve, a
/// connection that is refused, and no answer within the check's timeout. Runs on a thread of ours and needs no runtime of the
/// program's. Details: `target`, `seconds`, `address` (the one that
/// accepted), `addresses` (how many there are).
///
/// ```
/// # extern crate obs_runtime as obs;
/// let builder = obs::builder().health_check(obs::health::tcp("database", "db:5432").critical());
/// # let _ = builder;
/// ```
pub fn tcp(name: impl Into<Text>, address: impl AsRef<str>) -> Check {
    Check::of(name, Place::parse(address.as_ref())).into_work(|place| {
        let place = place?;
        Ok(Work::own(move |_, timeout| {
            let place = place.clone();
            Ok(async move { reach(&place, most(timeout)).await })
        }))
    })
}

async fn reach(place: &Place, limit: Duration) -> Health {
    let started = Instant::now();
    let health = match place.dial(started + limit, limit).await {
        Ok(dialed) => Health::healthy()
            .with("address", dialed.address.to_string())
            .with("addresses", dialed.addresses as u64),
        Err(reason) => Health::unhealthy(reason),
    };
    health.with("target", place.to_string()).with("seconds", started.elapsed().as_secs_f64())
}

#[cfg(test)]
mod tests;
