//! The customers: requests over real sockets, most of them reasonable.
//!
//! Who comes when is fixed, so that every run shows the same: refusals, slow calls, a panic, customers who give up.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::{Method, StatusCode};
use tokio::task::JoinSet;
use tokio::time::{Instant, interval, timeout};

use crate::client::Client;
use crate::orders::{OrderForm, Receipt};

/// Latencies that the percentiles are taken of.
const RECENT: usize = 1000;

/// What a customer wants.
enum Wish {
    Buy { item: &'static str, region: &'static str, card: &'static str },
    LookUp { order: u64 },
}

/// The customers as a crowd, and what they saw.
pub struct Crowd {
    client: Client,
    last_order: AtomicU64,
    tally: Mutex<Tally>,
}

/// What the customers saw so far.
#[derive(Clone, Default)]
pub struct Tally {
    /// Customers who got what they wanted.
    pub served: u64,
    /// Answers that say the customer was wrong (4xx).
    pub refused: u64,
    /// Answers that say the shop was wrong (5xx).
    pub failed: u64,
    /// Customers who did not wait for the answer.
    pub gave_up: u64,
    /// Connections that broke.
    pub broken: u64,
    recent: VecDeque<Duration>,
}

impl Crowd {
    pub fn new(client: Client) -> Self {
        Crowd { client, last_order: AtomicU64::new(0), tally: Mutex::default() }
    }

    /// Lets `rate` customers a second in until `closing` is done, then waits for those inside.
    pub async fn run(self: &Arc<Self>, rate: u32, closing: impl Future<Output = ()>) {
        let mut closing = pin!(closing);
        let mut doorbell = interval(Duration::from_secs(1) / rate);
        let mut inside = JoinSet::new();
        for number in 1.. {
            tokio::select! {
                () = &mut closing => break,
                _ = doorbell.tick() => drop(inside.spawn(Arc::clone(self).serve(number))),
            }
            while inside.try_join_next().is_some() {}
        }
        while inside.join_next().await.is_some() {}
    }

    /// Returns what the customers saw so far.
    pub fn tally(&self) -> Tally {
        self.locked().clone()
    }

    async fn serve(self: Arc<Self>, number: u64) {
        let (wish, patience) = self.customer(number);
        let begun = Instant::now();
        let answer = timeout(patience, self.ask(wish)).await;
        let mut tally = self.locked();
        match answer {
            Err(_) => tally.gave_up += 1,
            Ok(Err(_)) => tally.broken += 1,
            Ok(Ok(status)) => {
                if status.is_success() {
                    tally.served += 1;
                } else if status.is_client_error() {
                    tally.refused += 1;
                } else {
                    tally.failed += 1;
                }
                if tally.recent.len() == RECENT {
                    tally.recent.pop_front();
                }
                tally.recent.push_back(begun.elapsed());
            }
        }
    }

    /// The `number`th customer's wish and patience.
    fn customer(&self, number: u64) -> (Wish, Duration) {
        let region = match number % 3 {
            0 => "eu",
            1 => "us",
            _ => "asia",
        };
        let buy = |item, card| Wish::Buy { item, region, card };
        let wish = match (number, number % 50) {
            (30, _) => buy("cursed mirror", "visa"),
            (_, 3) => Wish::Buy { item: "lamp", region: "mars", card: "visa" },
            (_, 7 | 32) => buy("lamp", "expired"),
            (_, 13) => buy("unicorn", "visa"),
            (_, 17 | 22 | 34 | 46) => buy("lamp", "slow bank"),
            (_, 27) if number % 200 == 27 => buy("glass slipper", "visa"),
            (_, 41) => buy("grandfather clock", "visa"),
            (_, 48) => Wish::LookUp { order: 0 },
            (_, place) if place % 5 == 0 => Wish::LookUp { order: self.last_order.load(Ordering::Relaxed) },
            _ => buy("lamp", "visa"),
        };
        let patience = if number % 50 == 22 { Duration::from_millis(150) } else { Duration::from_secs(10) };
        (wish, patience)
    }

    async fn ask(&self, wish: Wish) -> std::io::Result<StatusCode> {
        match wish {
            Wish::LookUp { order } => {
                let (status, _) =
                    self.client.send(Method::GET, &format!("/orders/{order}"), Vec::new()).await?;
                Ok(status)
            }
            Wish::Buy { item, region, card } => {
                let form = OrderForm { item: item.into(), region: region.into(), card: card.into() };
                let json = serde_json::to_vec(&form)?;
                let (status, body) = self.client.send(Method::POST, "/orders", json).await?;
                if let Ok(receipt) = serde_json::from_slice::<Receipt>(&body) {
                    self.last_order.store(receipt.order, Ordering::Relaxed);
                }
                Ok(status)
            }
        }
    }

    fn locked(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tally {
    pub fn requests(&self) -> u64 {
        self.served + self.errors()
    }

    /// Requests that did not end well, whoever was to blame.
    pub fn errors(&self) -> u64 {
        self.refused + self.failed + self.gave_up + self.broken
    }

    /// Returns the latency that 95 of 100 of the last answers did not exceed.
    pub fn p95(&self) -> Duration {
        let mut sorted: Vec<_> = self.recent.iter().copied().collect();
        sorted.sort_unstable();
        let rank = (sorted.len() * 95).div_ceil(100);
        sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_95th_percentile_is_a_latency_that_was_seen() {
        let mut tally = Tally::default();
        assert_eq!(tally.p95(), Duration::ZERO);
        tally.recent = (1..=100).rev().map(Duration::from_millis).collect();
        assert_eq!(tally.p95(), Duration::from_millis(95));
        tally.recent = [7].map(Duration::from_millis).into();
        assert_eq!(tally.p95(), Duration::from_millis(7));
    }
}
