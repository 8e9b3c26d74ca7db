//! What was refused of the contexts that came in: `obs_propagation_rejected_total`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::record::{Family, MetricKind, MetricSource, MetricVisitor, Point};

/// Why a header, or a part of one, was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reason {
    /// It has another length than the format says.
    Length,
    /// A version that must not be.
    Version,
    /// It does not read as the format says.
    Malformed,
    /// An id of nothing but zeros.
    Zero,
    /// It came more than once, where once is allowed; or a key of it did.
    Repeated,
    /// It has more members than allowed, or came in more lines.
    TooManyMembers,
    /// Its lines are longer together than allowed.
    TooLong,
    /// A message that should carry a context carries none.
    Missing,
}

const FAMILY: Family<'static> = Family {
    name: "obs_propagation_rejected_total",
    help: "Headers of a context, or parts of them, that were refused; the message or request never was.",
    unit: "",
    kind: MetricKind::Counter,
};

/// A carrier, a header and a reason: as many as there are kinds of carriers in the program.
type Counts = BTreeMap<(&'static str, &'static str, Reason), u64>;

static COUNTS: Mutex<Counts> = Mutex::new(BTreeMap::new());

/// Counts a refusal. Takes a lock for an instant, and allocates for the first of its kind.
#[cold]
pub(crate) fn reject(carrier: &'static str, header: &'static str, reason: Reason) {
    *counts().entry((carrier, header, reason)).or_default() += 1;
}

fn counts() -> MutexGuard<'static, Counts> {
    COUNTS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns what shows them.
pub(crate) fn source() -> Arc<dyn MetricSource> {
    Arc::new(Rejected)
}

struct Rejected;

impl MetricSource for Rejected {
    fn visit(&self, visitor: &mut dyn MetricVisitor) {
        visitor.family(&FAMILY);
        let counts = counts().clone(); // who is shown them may be slow
        for ((carrier, header, reason), count) in counts {
            let reason = format!("{header}_{}", reason.as_str());
            visitor.point(&[("carrier", carrier), ("reason", &reason)], Point::Counter(count));
        }
    }
}

impl Reason {
    /// Returns its name, as in `malformed`.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Reason::Length => "length",
            Reason::Version => "version",
            Reason::Malformed => "malformed",
            Reason::Zero => "zero_id",
            Reason::Repeated => "repeated",
            Reason::TooManyMembers => "too_many_members",
            Reason::TooLong => "too_long",
            Reason::Missing => "missing",
        }
    }
}
