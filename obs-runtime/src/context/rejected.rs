//! What was refused of the contexts that came in: `obs_propagation_rejected_total`.

/// Why a header, or a part of one, was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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

impl Reason {
    /// Returns the name by which it is counted.
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

/// Counts a refusal.
#[cold]
pub(crate) fn reject(_carrier: &'static str, _header: &'static str, _reason: Reason) {}
