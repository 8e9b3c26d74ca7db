#![deny(warnings)]

mod metrics {
    obs::metrics! {
        /// Times by what.
        pub static READ: Histogram = "read_seconds" { cached: bool, write: bool };
        /// Times by outcome.
        pub static SETTLE: Histogram = "settle_seconds" { outcome: obs::Outcome, error_type: obs::ErrorTypeOf<crate::Broken> };
        /// Times.
        pub static PAUSE: Histogram = "pause_seconds";
    }
}

use metrics::{PAUSE, READ};

#[derive(Debug, obs::ErrorType)]
pub enum Broken {
    Once,
}

async fn polled() -> Result<u8, Broken> {
    PAUSE.time_async(async {}).await;
    READ.with(READ { cached: true, write: false }).time_async(async { 7 }).await;
    metrics::SETTLE.with(metrics::SETTLE {}).time_result_async(async { Ok(7) }).await
}

fn main() {
    let cached = true;
    let _timer = obs::timer!(READ, cached, write = 1 > 2);
    obs::timer!(metrics::SETTLE).ok();
    obs::timer!(metrics::SETTLE,).outcome(obs::Outcome::Cancelled);
    obs::timer!(metrics::SETTLE).error(&Broken::Once);
    obs::timer!(PAUSE).discard();
    let seven: u8 = PAUSE.time(|| 7);
    let kept: obs::Timer<PAUSE> = obs::timer!(PAUSE);
    drop((seven, kept, polled()));
}
