//! The README's example: `cargo run --example place_order`.

use obs::{counted, observed};

obs::metrics! {
    /// Orders, by region and outcome.
    static ORDERS: Counter = "orders_total" { region: Region, outcome: obs::Outcome };
}

#[derive(obs::Label, Clone, Copy)]
enum Region {
    Eu,
    Us,
}

#[observed(fields(order.id = id))]
#[counted(metric = ORDERS, region = region)]
fn place_order(id: u64, region: Region) -> Result<(), String> {
    tracing::info!("looking at the stock");
    if id == 3 { Err("out of stock".into()) } else { Ok(()) }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let obs = obs::init()?;
    for (id, region) in [(1, Region::Eu), (2, Region::Us), (3, Region::Eu)] {
        place_order(id, region).ok();
    }
    print!("{}", obs.metrics_text()); // what http://127.0.0.1:9464/metrics shows
    Ok(())
}
