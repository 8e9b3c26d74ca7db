//! How an annotated call ended, and how a returned value tells.

mod returned;

use std::fmt;

pub use returned::{
    Anything, Awaited, Failing, IsVerdictFree, ItemsAreOut, Named, Now, Streaming, WorkIsDone, Working,
    awaited, returned,
};

use crate::service::Service;

/// How an annotated call ended: the same value on span, counter, histogram and in-flight gauge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It returned, and the value is not an error.
    Ok,
    /// It returned an error.
    Error,
    /// It panicked.
    Panicked,
    /// Its future was dropped before it was done.
    Cancelled,
}

impl Outcome {
    /// Every outcome, in the order of the `outcome` label's values.
    pub const ALL: [Outcome; 4] = [Outcome::Ok, Outcome::Error, Outcome::Panicked, Outcome::Cancelled];

    /// Returns the label value, as in `ok`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Outcome::Ok => "ok",
            Outcome::Error => "error",
            Outcome::Panicked => "panicked",
            Outcome::Cancelled => "cancelled",
        }
    }

    /// Returns the position in [`Outcome::ALL`].
    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a returned value says about its call.
#[derive(Clone, Copy, Debug)]
pub struct Verdict {
    /// The outcome.
    pub outcome: Outcome,
    /// The value of `error.type`: a name of low cardinality, never a message.
    pub error_type: Option<&'static str>,
}

impl Verdict {
    /// The call did what it should.
    pub const OK: Verdict = Verdict { outcome: Outcome::Ok, error_type: None };

    /// The call panicked.
    pub(crate) const PANICKED: Verdict = Verdict { outcome: Outcome::Panicked, error_type: Some("panic") };
}

/// What a call tells its metrics when it ends.
#[derive(Clone, Copy)]
pub(crate) struct Finished<F> {
    pub(crate) outcome: Outcome,
    pub(crate) error_type: Option<&'static str>,
    /// How long it took; 0 where nobody asked for it.
    pub(crate) seconds: f64,
    /// Returns the span the call ran in, where its trace is sampled: the exemplar, if one is wanted. `None` where there is
    /// no span to be asked.
    pub(crate) exemplar: Option<F>,
    /// Where it counts.
    pub(crate) service: Service,
}
