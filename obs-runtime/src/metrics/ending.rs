//! The labels that a call fills in when it ends: `outcome` and `error_type`.

use super::label::LabelSet;
use crate::outcome::Outcome;
use crate::verdict::OTHER;

/// Which of them a metric has, and so how many cells each of its series is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Endings {
    outcome: bool,
    /// The names of the errors.
    names: Option<&'static [&'static str]>,
}

/// How calls ended, as far as a metric tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ending {
    pub(super) outcome: Option<Outcome>,
    /// Absent where there was no error.
    error_type: Option<&'static str>,
    /// Whether a counter shows it from the start.
    pub(super) is_expected: bool,
}

impl Endings {
    pub(super) const fn of<L: LabelSet>() -> Self {
        Endings { outcome: L::OUTCOME, names: L::ERROR_NAMES }
    }

    /// The keys of the labels.
    pub(super) fn keys(self) -> impl Iterator<Item = &'static str> {
        let error_type = self.names.map(|_| "error_type");
        self.outcome.then_some("outcome").into_iter().chain(error_type)
    }

    /// Tells whether there is a label `outcome`.
    pub(super) const fn has_outcome(self) -> bool {
        self.outcome
    }

    /// The names of the errors, where there is a label `error_type`.
    pub(super) const fn error_names(self) -> Option<&'static [&'static str]> {
        self.names
    }

    /// How many there are.
    pub(super) const fn count(self) -> usize {
        self.outcomes().saturating_mul(error_types(self.names))
    }

    const fn outcomes(self) -> usize {
        if self.outcome { Outcome::ALL.len() } else { 1 }
    }

    /// The number of the ending of a call. Only an error has a name.
    #[inline]
    pub(super) fn number(self, outcome: Outcome, error_type: Option<&str>) -> usize {
        let of_outcome = if self.outcome { outcome.index() } else { 0 };
        let of_error = match outcome {
            Outcome::Ok => 0,
            Outcome::Error => self.with_error(error_type.unwrap_or(OTHER)),
            Outcome::Panicked | Outcome::Cancelled => self.with_error(OTHER),
        };
        of_outcome + of_error
    }

    /// What an error of this name adds to a number.
    #[inline]
    pub(super) fn with_error(self, name: &str) -> usize {
        self.names.map_or(0, |names| number_of(names, name) * self.outcomes())
    }

    /// All endings, in the order of their numbers.
    pub(super) fn all(self) -> impl Iterator<Item = Ending> {
        let names = self.names.into_iter().flatten().map(|name| Some(*name));
        let other = self.names.map(|_| Some(OTHER));
        [None].into_iter().chain(names).chain(other).flat_map(move |error_type| {
            let (split, whole) = (self.outcome, !self.outcome);
            let outcomes = Outcome::ALL.into_iter().map(Some).filter(move |_| split);
            outcomes.chain(whole.then_some(None)).map(move |outcome| self.ending(outcome, error_type))
        })
    }

    fn ending(self, outcome: Option<Outcome>, error_type: Option<&'static str>) -> Ending {
        let is_expected = match outcome {
            // An error has a name, and which will occur is not known.
            Some(Outcome::Error) => self.names.is_none(),
            Some(Outcome::Panicked | Outcome::Cancelled) => false,
            Some(Outcome::Ok) | None => error_type.is_none(),
        };
        Ending { outcome, error_type, is_expected }
    }

    /// The number of an ending of a metric with the same labels, whose errors may have other names.
    pub(super) fn find(self, ending: Ending) -> Option<usize> {
        self.all().position(|own| own == ending)
    }
}

/// How many values the label `error_type` has, its absence and `_OTHER` among them.
pub(super) const fn error_types(names: Option<&[&str]>) -> usize {
    match names {
        Some(names) => names.len().saturating_add(2),
        None => 1,
    }
}

/// No error is 0, and all whose names are not listed come last.
#[cold]
fn number_of(names: &[&str], name: &str) -> usize {
    names.iter().position(|n| *n == name).unwrap_or(names.len()) + 1
}

impl Ending {
    /// How calls ended that are told apart by their outcome.
    pub(super) fn by_outcome(outcome: Outcome) -> Self {
        Endings { outcome: true, names: None }.ending(Some(outcome), None)
    }

    /// How nothing ended: there is no such label.
    pub(super) const NONE: Ending = Ending { outcome: None, error_type: None, is_expected: true };

    /// The labels.
    pub(super) fn labels<'a>(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let outcome = self.outcome.map(|o| ("outcome", o.as_str()));
        outcome.into_iter().chain(self.error_type.map(|name| ("error_type", name)))
    }
}
