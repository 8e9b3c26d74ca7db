//! Tells people of what is lost before it reaches an exporter.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::intake::Intake;
use crate::export::delivery::{Goods, Losses};
use crate::export::{Account, Notices, Signal};

/// The time between two looks while something is being lost.
const LOOK: Duration = Duration::from_secs(1);

/// The time without a loss after which it is over.
const QUIET: Duration = Duration::from_secs(10);

const WHY: &str = "more is recorded than one thread can hand on; `obs_dropped_total` has the reasons";

/// The losses of one signal on its way to the exporters.
struct Telling {
    account: Arc<Account>,
    losses: Losses,
    seen: u64,
}

impl Telling {
    fn new(account: &Arc<Account>, signal: Signal, notices: &Notices) -> Self {
        let losses = Losses::new(Arc::clone(notices), Goods::of(signal), "the exporters".to_owned());
        Telling { account: Arc::clone(account), losses, seen: 0 }
    }

    /// Tells what was lost since the last look; true where that is anything.
    fn look(&mut self) -> bool {
        let lost = self.account.lost();
        let new = lost - self.seen;
        self.seen = lost;
        if new > 0 {
            self.losses.lost(new, WHY);
        }
        new > 0
    }
}

impl Drop for Telling {
    fn drop(&mut self) {
        self.look();
        self.losses.ended(Some(WHY.to_owned()));
    }
}

/// Watches until it is dropped; costs nothing while nothing is lost.
pub(super) async fn run(intake: Arc<Intake>, notices: Notices) {
    let (traces, logs) = intake.accounts();
    let mut all =
        [Telling::new(traces, Signal::Traces, &notices), Telling::new(logs, Signal::Logs, &notices)];
    loop {
        intake.loss().await;
        let mut last = Instant::now();
        while last.elapsed() < QUIET {
            for telling in &mut all {
                if telling.look() {
                    last = Instant::now();
                }
            }
            sleep(LOOK).await;
        }
        all.iter().for_each(|telling| telling.losses.delivered());
    }
}
