//! Metrics pushed to a Prometheus Pushgateway: for jobs that end before anybody scrapes them.

mod group;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use http::Method;

pub use self::group::Pushgateway;
use super::delivery::{
    Compression, Connector, EndpointError, Goods, Http, Outbox, Place, Receipts, Requests, Settings, Target,
    TlsFiles, Version, Wire,
};
use super::periodic::{Push, Source};
use super::prometheus::{Format, rendered};
use super::{Ledger, Notices, Signal};
use crate::quiet;
use crate::record::{Family, MetricSource, MetricVisitor, Point};

const NAME: &str = "pushgateway";

/// What is lost on the way.
const POINTS: Goods = Goods {
    advice: "; `OBS_PUSHGATEWAY` must name a Pushgateway, and no metric may have a label that its group has; the next \
             push tells everything again",
    ..Goods::of(Signal::Metrics)
};

/// The most bytes of one push.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// A destination of metrics: a group in a Pushgateway. Data points are accounted for under `exporter="pushgateway"`.
#[derive(Debug)]
pub(crate) struct Gateway {
    outbox: Outbox,
    ledger: Arc<Ledger>,
}

impl Gateway {
    /// Makes a destination, or says what is wrong with the group or the address.
    pub(crate) fn new(group: &Pushgateway, ledger: &Arc<Ledger>, notices: &Notices) -> Result<Self, String> {
        let target = Target::new(&group.endpoint()?).map_err(explain)?;
        let connector = Connector::new(&target, &TlsFiles::default(), Version::Http1).map_err(explain)?;
        // The gateway of Debian 12 and its contemporaries do not read compressed bodies.
        let settings = Settings {
            compression: Compression::None,
            max_queue_bytes: MAX_BYTES,
            ..Settings::default().of_whole_requests()
        };
        let wire = Wire {
            exporter: NAME,
            signal: Signal::Metrics,
            family: "pushgateway_http",
            goods: POINTS,
            turn: None,
        };
        let place = Place::from(&target);
        let requests = Requests {
            target,
            method: if group.keeps_others() { Method::POST } else { Method::PUT },
            content_type: Format::Text.content_type(),
            headers: Vec::new(),
            receipts: Receipts::Status,
        };
        let outbox = Outbox::new(settings, wire, place, (ledger, notices), |gate| {
            Arc::new(Http::new(requests, connector, gate))
        });
        Ok(Gateway { outbox, ledger: Arc::clone(ledger) })
    }
}

/// Says what is wrong with the address, which may hold a secret.
fn explain(error: EndpointError) -> String {
    match error {
        EndpointError::NoUrl => "it is no URL with a host; write one as `http://127.0.0.1:9091`",
        EndpointError::Tls => {
            "`https` needs the feature `tls` of `obs`; write `features = [\"tls\"]` in `Cargo.toml`, or an address \
             that `http` reaches"
        }
        EndpointError::Credentials => {
            "it holds a user or a password, which would not be sent; leave them away"
        }
        other => return other.to_string(),
    }
    .to_owned()
}

impl Push for Gateway {
    fn name(&self) -> &'static str {
        NAME
    }

    fn outbox(&self) -> Option<&Outbox> {
        Some(&self.outbox)
    }

    fn push(self: Arc<Self>, source: Source) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(async move {
            let began = Instant::now();
            let Some((text, points)) = exposition(source).await else {
                return self.ledger.panicked(NAME);
            };
            self.outbox.collected(began.elapsed());
            if points > 0
                && let Ok(receipt) = self.outbox.post(text.into_bytes(), points)
            {
                let _said_and_counted = receipt.was_received().await;
            }
        })
    }
}

/// Returns all metrics as Prometheus text and how many points that is; `None` where a source panicked.
pub(super) async fn exposition(source: Source) -> Option<(String, u64)> {
    let render = move || {
        quiet::hush();
        let counted = Arc::new(Counted { source, points: AtomicU64::new(0) });
        let text = rendered(&[Arc::clone(&counted) as _], Format::Text);
        (text, counted.points.load(Ordering::Relaxed))
    };
    tokio::task::spawn_blocking(render).await.ok()
}

/// Counts points on their way.
struct Counted {
    source: Source,
    points: AtomicU64,
}

impl MetricSource for Counted {
    fn visit(&self, visitor: &mut dyn MetricVisitor) {
        let mut counting = Counting { visitor, points: 0 };
        self.source.all().iter().for_each(|source| source.visit(&mut counting));
        self.points.store(counting.points, Ordering::Relaxed);
    }
}

struct Counting<'a> {
    visitor: &'a mut dyn MetricVisitor,
    points: u64,
}

impl MetricVisitor for Counting<'_> {
    fn family(&mut self, family: &Family<'_>) {
        self.visitor.family(family);
    }

    fn point(&mut self, labels: &[(&str, &str)], point: Point<'_>) {
        self.points += 1;
        self.visitor.point(labels, point);
    }
}

#[cfg(test)]
mod tests;
