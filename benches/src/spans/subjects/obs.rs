//! `#[obs::traced]`. `obs` is engine and exporter alone: no log, no admin server. `obs, defaults` is what `obs::init()`
//! starts, with logs at `info` and the admin server on a free port. Whether traces are sampled is said by
//! `OTEL_TRACES_SAMPLER`.

use std::time::Duration;

use obs::export::{Exporter, Signal};
use obs::record::Record;

use crate::spans::subject::{SetUp, Subject, arrive, calls};

pub mod functions {
    crate::spans::subject::annotated!((a, b, c), [#[obs::traced(fields(a, b, c))]], [#[obs::traced]]);
}

#[inline(never)]
#[obs::traced]
fn fails(n: i64) -> Result<i64, std::num::TryFromIntError> {
    u8::try_from(n).map(i64::from)
}

/// Counts and drops.
struct Count;

impl Exporter for Count {
    fn name(&self) -> &'static str {
        "count"
    }

    fn accept(&self, record: &Record) {
        if let Record::Span(_) = record {
            arrive(1);
        }
    }
}

struct Obs(obs::Guard, obs::Propagated);

/// Returns what a caller sends.
fn caller() -> obs::Propagated {
    let headers = [
        ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        ("baggage", "tenant=acme,tier=gold"),
        ("x-correlation-id", "order-4711"),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    obs::extract(&std::collections::HashMap::from(headers))
}

impl Subject for Obs {
    calls!(functions);

    fn flush(&self) {
        self.0.flush(Duration::from_secs(30)).expect("spans arrive in time");
    }

    fn requested(&self, n: i64) {
        obs::continue_from(&self.1, || functions::fields(n));
    }

    fn failing(&self) -> u64 {
        u64::from(std::hint::black_box(fails(-1)).is_err())
    }

    fn told_lost(&self) -> u64 {
        let accounts = self.0.deliveries();
        accounts.iter().filter(|a| a.signal == Signal::Traces).map(|a| a.dropped_total() + a.rejected).sum()
    }
}

pub fn start(set_up: &SetUp) -> Box<dyn Subject> {
    let builder = obs::builder().log("off").admin_off();
    let builder = if set_up.otlp { builder } else { builder.exporter(Count) };
    Box::new(Obs(builder.init().expect("it starts"), caller()))
}

pub fn start_defaults(_: &SetUp) -> Box<dyn Subject> {
    Box::new(Obs(obs::builder().exporter(Count).init().expect("it starts"), caller()))
}
