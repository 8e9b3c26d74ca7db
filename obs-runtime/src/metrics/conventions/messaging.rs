//! Messages: "Semantic conventions for messaging client metrics", `messaging.process.duration` and
//! `messaging.client.consumed.messages` of consumers, `messaging.client.operation.duration` and
//! `messaging.client.sent.messages` of producers.

use super::{BOUNDS, CANCELLED};
use crate::callsite::Site;
use crate::context::Witness;
use crate::metrics::dictionary::Dictionary;
use crate::metrics::show::Services;
use crate::metrics::sparse::Sparse;
use crate::outcome::{Finished, Outcome};
use crate::record::{Family, MetricKind, MetricVisitor, SpanKind};
use crate::service::Service;
use crate::verdict::OTHER;

static PROCESS: Sparse<4> = Sparse::new(
    Family {
        name: "messaging_process_duration_seconds",
        help: "Duration of processing operation.",
        unit: "seconds",
        kind: MetricKind::Histogram,
    },
    ["messaging_operation_name", "messaging_system", "messaging_destination_name", "error_type"],
    BOUNDS,
);

static OPERATION: Sparse<5> = Sparse::new(
    Family {
        name: "messaging_client_operation_duration_seconds",
        help: "Duration of messaging operation initiated by a producer or consumer client.",
        unit: "seconds",
        kind: MetricKind::Histogram,
    },
    [
        "messaging_operation_name",
        "messaging_operation_type",
        "messaging_system",
        "messaging_destination_name",
        "error_type",
    ],
    BOUNDS,
);

static SENT: Sparse<4> = Sparse::new(
    Family {
        name: "messaging_client_sent_messages_total",
        help: "Number of messages producer attempted to send to the broker.",
        unit: "",
        kind: MetricKind::Counter,
    },
    ["messaging_operation_name", "messaging_system", "messaging_destination_name", "error_type"],
    &[],
);

static CONSUMED: Sparse<3> = Sparse::new(
    Family {
        name: "messaging_client_consumed_messages_total",
        help: "Number of messages that were delivered to the application.",
        unit: "",
        kind: MetricKind::Counter,
    },
    ["messaging_operation_name", "messaging_system", "messaging_destination_name"],
    &[],
);

pub(super) fn names() -> [&'static str; 4] {
    [PROCESS.name(), OPERATION.name(), SENT.name(), CONSUMED.name()]
}

pub(super) fn dictionaries() -> impl Iterator<Item = &'static Dictionary> {
    let all =
        [PROCESS.dictionaries(), OPERATION.dictionaries(), SENT.dictionaries(), CONSUMED.dictionaries()];
    all.into_iter().flatten()
}

pub(super) fn show(services: &Services, visitor: &mut dyn MetricVisitor) {
    CONSUMED.show(services, visitor);
    OPERATION.show(services, visitor);
    SENT.show(services, visitor);
    PROCESS.show(services, visitor);
}

/// What an annotated function does with messages; every call is one, or a batch of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Messages {
    is_sent: bool,
    /// Whether the call says how many there are.
    is_batch: bool,
    system: Option<&'static str>,
    destination: Option<&'static str>,
}

impl Messages {
    /// Returns what a producer or a consumer does; `None` for all others.
    pub(crate) fn of(site: &Site) -> Option<Self> {
        let is_sent = match site.kind {
            SpanKind::Producer => true,
            SpanKind::Consumer => false,
            SpanKind::Internal | SpanKind::Server | SpanKind::Client => return None,
        };
        let constant = |key| site.constants.iter().find(|(own, _)| *own == key).map(|(_, value)| *value);
        let (system, destination) = (constant("messaging.system"), constant("messaging.destination.name"));
        let is_batch = site.fields.contains(&"messaging.batch.message_count");
        Some(Messages { is_sent, is_batch, system, destination })
    }

    /// Counts the messages that a call was given. They were delivered, whatever becomes of them.
    pub(crate) fn consumed(self, service: Service, count: u64) {
        let slot = CONSUMED.slot([Some("process"), self.system, self.destination]);
        CONSUMED.add(service, slot, count);
    }

    /// Counts a call that has ended.
    pub(crate) fn finish(self, finished: &Finished<impl Fn() -> Option<Witness>>) {
        let Messages { system, destination, .. } = self;
        let error_type = match finished.outcome {
            Outcome::Ok => None,
            Outcome::Error | Outcome::Panicked => Some(finished.error_type.unwrap_or(OTHER)),
            Outcome::Cancelled => Some(CANCELLED),
        };
        let Finished { seconds, service, .. } = *finished;
        let exemplar = finished.exemplar.as_ref();
        if self.is_sent {
            let send = Some("send");
            SENT.up(service, SENT.slot([send, system, destination, error_type]));
            let slot = OPERATION.slot([send, send, system, destination, error_type]);
            OPERATION.observe(service, slot, seconds, exemplar);
        } else {
            let slot = PROCESS.slot([Some("process"), system, destination, error_type]);
            PROCESS.observe(service, slot, seconds, exemplar);
            if !self.is_batch {
                self.consumed(service, 1);
            }
        }
    }
}
