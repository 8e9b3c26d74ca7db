//! HTTP: "Semantic conventions for HTTP metrics", `http.server.request.duration`, `http.server.active_requests` and
//! `http.client.request.duration`.

use super::{BOUNDS, Ended, Server};
use crate::metrics::dictionary::Dictionary;
use crate::metrics::show::Services;
use crate::metrics::sparse::Sparse;
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

static SENT: Sparse<6> = Sparse::new(
    Family {
        name: "http_client_request_duration_seconds",
        help: "Duration of HTTP client requests.",
        unit: "seconds",
        kind: MetricKind::Histogram,
    },
    [
        "http_request_method",
        "server_address",
        "server_port",
        "url_scheme",
        "http_response_status_code",
        "error_type",
    ],
    BOUNDS,
);

pub(super) fn names() -> [&'static str; 3] {
    [DURATION.name(), ACTIVE.name(), SENT.name()]
}

pub(super) fn dictionaries() -> impl Iterator<Item = &'static Dictionary> {
    [DURATION.dictionaries(), ACTIVE.dictionaries(), SENT.dictionaries()].into_iter().flatten()
}

pub(super) fn show(services: &Services, visitor: &mut dyn MetricVisitor) {
    SENT.show(services, visitor);
    ACTIVE.show(services, visitor);
    DURATION.show(services, visitor);
}

/// Returns the scheme, of which there are few.
pub(crate) fn scheme(of: Option<&str>) -> &'static str {
    match of {
        None | Some("http") => "http",
        Some("https") => "https",
        Some(_) => "_OTHER",
    }
}

/// A request that is being served, from its making to [`Active::end`].
#[derive(Debug)]
pub(crate) struct Active {
    slot: usize,
    service: Service,
}

impl Active {
    /// Begins to count it, under the current service. `method` and `scheme` are of few names.
    pub(crate) fn start(method: &str, scheme: &str) -> Self {
        let (slot, service) = (ACTIVE.slot([Some(method), Some(scheme)]), Service::current());
        ACTIVE.up(service, slot);
        Active { slot, service }
    }

    /// Ends it.
    pub(crate) fn end(&self) {
        ACTIVE.down(self.service, self.slot);
    }
}

/// Counts a request that was served. `route` is the template; absent where none matched, as the conventions ask, so that
/// nothing a client writes is a label.
pub(crate) fn served(method: &str, scheme: &str, route: Option<&str>, ended: &Ended<'_>) {
    let values = [Some(method), Some(scheme), route, ended.status, ended.error_type()];
    ended.observe(&DURATION, values);
}

/// Counts a request that was sent.
pub(crate) fn sent(method: &str, scheme: &str, server: Server<'_>, ended: &Ended<'_>) {
    let Server { address, port } = server;
    ended.observe(&SENT, [Some(method), address, port, Some(scheme), ended.status, ended.error_type()]);
}
