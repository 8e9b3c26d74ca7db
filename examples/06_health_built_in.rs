//! Checks that are built in, and checks that come and go while the program runs.
//!
//! ```text
//! oven: healthy
//! till: healthy
//! orders: unhealthy, nothing came yet
//! orders: healthy
//! baker: degraded, asleep
//! oven: unhealthy, the oven is off
//! ```

use std::error::Error;
use std::net::TcpListener;
use std::time::Duration;

use obs::health::{Check, Freshness, Probe, Standing, tcp, works};
use obs::{Guard, Health};

const OFTEN: Duration = Duration::from_millis(50);
const SOON: Duration = Duration::from_millis(40);

async fn price(loaves: u32) -> Result<u32, &'static str> {
    Ok(loaves * 420)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let oven = TcpListener::bind("127.0.0.1:0")?; // stands for a server somewhere
    let orders = Freshness::new();
    let obs = obs::builder()
        .admin_off()
        .log("off")
        .health_check(tcp("oven", oven.local_addr()?.to_string()).critical().interval(OFTEN).timeout(SOON))
        .health_check(works("till", || price(3), 1260))
        .health_check(orders.check("orders", Duration::from_secs(60)).interval(OFTEN).timeout(SOON))
        .init()?;
    for check in ["oven", "till", "orders"] {
        tell(&obs, check, Standing::Unknown).await;
    }
    orders.mark();
    tell(&obs, "orders", Standing::Unhealthy).await;

    obs.add_health_check(Check::new("baker", async || Health::degraded("asleep")))?;
    tell(&obs, "baker", Standing::Unknown).await;

    obs.remove_health_check("oven");
    obs.add_health_check(Check::blocking("oven", || Health::unhealthy("the oven is off")))?;
    tell(&obs, "oven", Standing::Unknown).await;
    Ok(())
}

/// Prints the state of a check as soon as it is another one.
async fn tell(obs: &Guard, name: &str, former: Standing) {
    loop {
        let report = obs.health(Probe::All);
        let known = report.checks().iter().find(|check| check.name() == name && check.standing() != former);
        if let Some(check) = known {
            let reason = check.reason().map(|reason| format!(", {reason}")).unwrap_or_default();
            return println!("{name}: {}{reason}", check.standing());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
