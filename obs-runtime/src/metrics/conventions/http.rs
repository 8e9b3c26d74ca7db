//! HTTP servers: "Semantic conventions for HTTP metrics", `http.server.request.duration` and
//! `http.server.active_requests`.

use super::{BOUNDS, CANCELLED};
use crate::clock::Moment;
use crate::context::Witness;
use crate::metrics::dictionary::Dictionary;
use crate::metrics::show::Services;
use crate::metrics::sparse::Sparse;
use crate::outcome::{Outcome, Verdict};
use crate::record::{Family, MetricKind, MetricVisitor};
use crate::service::Service;

static DURATION: Sparse<5> = Sparse::new(
    Family {
        name: "http_server_request_duration_seconds",
        help: "Duration of HTTP server requests.",
        unit: "seconds",
        kind: MetricKind::Histogram,
    },
    ["http_request_method", "url_scheme", "http_route", "http_response_status_code", "error_type"],
    BOUNDS,
);

static ACTIVE: Sparse<2> = Sparse::new(
    Family {
        name: "http_server_active_requests",
        help: "Number of active HTTP server requests.",
        unit: "",
        kind: MetricKind::Gauge,
    },
    ["http_request_method", "url_scheme"],
    &[],
);

pub(super) fn names() -> [&'static str; 2] {
    [DURATION.name(), ACTIVE.name()]
}

pub(super) fn dictionaries() -> impl Iterator<Item = &'static Dictionary> {
    [DURATION.dictionaries(), ACTIVE.dictionaries()].into_iter().flatten()
}

pub(super) fn show(services: &Services, visitor: &mut dyn MetricVisitor) {
    ACTIVE.show(services, visitor);
    DURATION.show(services, visitor);
}

/// A request that is being served, from its making to [`Request::end`].
#[derive(Debug)]
pub(crate) struct Request {
    method: &'static str,
    scheme: &'static str,
    active: usize,
    started: Moment,
    service: Service,
}

impl Request {
    /// Begins to count it, under the current service. `method` is one of few names.
    pub(crate) fn start(method: &'static str, scheme: Option<&str>) -> Self {
        let scheme = match scheme {
            None | Some("http") => "http",
            Some("https") => "https",
            Some(_) => "_OTHER",
        };
        let active = ACTIVE.slot([Some(method), Some(scheme)]);
        let (started, service) = (Moment::now(), Service::current());
        ACTIVE.up(service, active);
        Request { method, scheme, active, started, service }
    }

    /// Ends it. `route` is the template; absent where none matched, as the conventions ask, so that nothing a client
    /// writes is a label.
    pub(crate) fn end(
        &self,
        route: Option<&str>,
        status: Option<&str>,
        verdict: Verdict,
        witness: Option<&Witness>,
    ) {
        let error_type = match verdict.outcome {
            Outcome::Ok => None,
            Outcome::Error | Outcome::Panicked => verdict.error_type.or(status),
            Outcome::Cancelled => Some(CANCELLED),
        };
        let values = [Some(self.method), Some(self.scheme), route, status, error_type];
        let seconds = self.started.seconds_to(Moment::now());
        let exemplar = witness.map(|witness| || Some(witness.clone()));
        ACTIVE.down(self.service, self.active);
        DURATION.observe(self.service, DURATION.slot(values), seconds, exemplar);
    }
}
