//! How far a caller is believed.

/// What becomes of the context that a request or a message brings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trust {
    /// The sender's trace goes on, with its sampling decision, baggage and correlation id: for callers of one's own.
    #[default]
    Continue,
    /// A trace of its own begins, with a link to the sender's span. Baggage is left behind, the correlation id is taken.
    Link,
    /// A trace of its own begins, and nothing of the sender's is taken: for the edge of the system.
    Restart,
}
