//! What was refused of the contexts that came in: `obs_propagation_rejected_total`.

/// Why a header, or a part of one, was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Reason {
    /// It has another length than the format says.
    Length,
    /// A version that must not be, or is not known.
    Version,
    /// It does not read as the format says.
    Malformed,
    /// An id of nothing but zeros.
    Zero,
    /// It came more than once, where once is allowed.
    Repeated,
    /// It has more members than allowed, or is longer than they may be together.
    TooLong,
    /// A message that should carry a context carries none.
    Missing,
}

/// Counts a refusal.
#[cold]
pub(crate) fn reject(_carrier: &'static str, _header: &'static str, _reason: Reason) {}
