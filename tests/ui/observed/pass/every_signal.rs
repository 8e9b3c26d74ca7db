#![deny(warnings, clippy::pedantic)]

use obs::__private::{CATALOG, Entry, Level, Signals};
use obs::observed;

/// Places an order.
#[observed]
async fn place(order: u64) -> Result<u64, String> {
    Ok(order)
}

#[observed(name = "order cancelled", level = "warn", fields(order))]
fn cancel(order: u64) -> u64 {
    order
}

fn main() {
    drop(place(1));
    assert_eq!(cancel(1), 1);
    let mut names = Vec::new();
    for entry in &*CATALOG {
        if let Entry::Function(callsite) = entry {
            let site = callsite.site();
            names.push((site.name, site.level, site.doc));
            let metrics = Signals::CALLS.and(Signals::DURATION).and(Signals::IN_FLIGHT);
            assert_eq!(site.signals, metrics.and(Signals::SPAN));
        }
    }
    names.sort_unstable();
    let expected = [("order cancelled", Level::WARN, ""), ("place", Level::INFO, "Places an order.")];
    assert_eq!(names, expected);
}
