//! What a check may not be.

use std::fmt;

use super::check::Check;

/// The characters that a name, a group and a tag may have.
const LONGEST: usize = 100;

impl Check {
    /// Refuses what the attribute would refuse when it is compiled.
    pub(crate) fn validate(&self) -> Result<(), CheckError> {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_.-".contains(c);
        let word = |c: char| c.is_ascii_alphanumeric() || "_.-/".contains(c);
        let refuse = |problem: String| Err(CheckError { name: self.name.to_string(), problem });
        if !begins_well(&self.name) || !self.name.chars().all(allowed) {
            return refuse(format!(
                "a name consists of `a-z`, `0-9`, `_`, `.` and `-`, at most {LONGEST} of them, and begins with a letter or a digit"
            ));
        }
        let of_words = self.tags.iter().chain([&self.group].into_iter().filter(|group| !group.is_empty()));
        if let Some(wrong) = of_words.into_iter().find(|text| !begins_well(text) || !text.chars().all(word)) {
            return refuse(format!(
                "`{wrong}` is no group or tag, which consist of letters, digits, `_`, `.`, `-` and `/`, at most {LONGEST} of \
                 them, and begin with a letter or a digit"
            ));
        }
        if self.interval.is_zero() || self.timeout.is_zero() {
            return refuse("interval and timeout must be above zero".to_owned());
        }
        if self.timeout >= self.interval {
            let (timeout, interval) = (self.timeout, self.interval);
            return refuse(format!(
                "the timeout ({timeout:?}) is not below the interval ({interval:?}); shorten the one or lengthen the other"
            ));
        }
        if self.failures == 0 || self.successes == 0 {
            return refuse("`failures` and `successes` are at least 1".to_owned());
        }
        self.problem.clone().map_or(Ok(()), refuse)
    }
}

/// Names stand in URLs, where `.` and `..` are none.
fn begins_well(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.len() <= LONGEST
}

/// A check that cannot be registered, and why.
#[derive(Clone, PartialEq, Eq)]
pub struct CheckError {
    pub(crate) name: String,
    pub(crate) problem: String,
}

impl CheckError {
    /// There is nobody to run it.
    pub(crate) fn forked(check: &Check) -> Self {
        let problem = "this process was forked off the one that runs checks, and has no thread for it; fork before `init()`";
        CheckError { name: check.name.to_string(), problem: problem.to_owned() }
    }
}

impl fmt::Display for CheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "health check `{}`: {}", self.name, self.problem)
    }
}

/// As `Display`: `main` prints errors by `Debug`, and the remedy must not be lost there.
impl fmt::Debug for CheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for CheckError {}
