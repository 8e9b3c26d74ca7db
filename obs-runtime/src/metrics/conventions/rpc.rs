//! Remote procedure calls: "Semantic conventions for RPC metrics", `rpc.server.call.duration` and
//! `rpc.client.call.duration`.

use super::{BOUNDS, Ended, Server};
use crate::metrics::dictionary::Dictionary;
use crate::metrics::show::Services;
use crate::metrics::sparse::Sparse;
use crate::record::{Family, MetricKind, MetricVisitor};

static SERVED: Sparse<4> = Sparse::new(
    Family {
        name: "rpc_server_call_duration_seconds",
        help: "Duration of incoming remote procedure calls.",
        unit: "seconds",
        kind: MetricKind::Histogram,
    },
    ["rpc_system_name", "rpc_method", "rpc_response_status_code", "error_type"],
    BOUNDS,
);

static SENT: Sparse<6> = Sparse::new(
    Family {
        name: "rpc_client_call_duration_seconds",
        help: "Duration of outgoing remote procedure calls.",
        unit: "seconds",
        kind: MetricKind::Histogram,
    },
    [
        "rpc_system_name",
        "rpc_method",
        "server_address",
        "server_port",
        "rpc_response_status_code",
        "error_type",
    ],
    BOUNDS,
);

pub(super) fn names() -> [&'static str; 2] {
    [SERVED.name(), SENT.name()]
}

pub(super) fn dictionaries() -> impl Iterator<Item = &'static Dictionary> {
    [SERVED.dictionaries(), SENT.dictionaries()].into_iter().flatten()
}

pub(super) fn show(services: &Services, visitor: &mut dyn MetricVisitor) {
    SENT.show(services, visitor);
    SERVED.show(services, visitor);
}

/// Counts a call that was served. `method` is one that the server knows, or a constant.
pub(crate) fn served(system: &str, method: &str, ended: &Ended<'_>) {
    ended.observe(&SERVED, [Some(system), Some(method), ended.status, ended.error_type()]);
}

/// Counts a call that was made.
pub(crate) fn sent(system: &str, method: &str, server: Server<'_>, ended: &Ended<'_>) {
    let Server { address, port } = server;
    let values = [Some(system), Some(method), address, port, ended.status, ended.error_type()];
    ended.observe(&SENT, values);
}
