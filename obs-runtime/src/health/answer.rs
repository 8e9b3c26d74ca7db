//! What a check says.

use std::fmt;

use crate::one_line::one_line;
use crate::record::{Attribute, Text, Value};

/// The details that one answer may have; further ones are left out, and the last says how many.
const MOST_DETAILS: usize = 32;

/// The bytes of a reason or of a detail's text that are kept.
const MOST_TEXT: usize = 1024;

/// What a health check says: whether all is well, why not, and what it saw.
///
/// ```
/// # extern crate obs_runtime as obs;
/// use obs::Health;
///
/// fn queue(waiting: u32) -> Health {
///     match waiting {
///         0..100 => Health::healthy(),
///         100..1_000 => Health::degraded("the queue is long"),
///         _ => Health::unhealthy("nobody empties the queue"),
///     }
///     .with("waiting", waiting)
/// }
/// # assert_eq!(queue(7).to_string(), "healthy");
/// # assert_eq!(queue(700).to_string(), "degraded: the queue is long");
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use = "an answer that nobody hears changes nothing"]
pub struct Health {
    verdict: Verdict,
    reason: Option<String>,
    details: Vec<Attribute>,
    left_out: u64,
}

/// The three things that a check can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Healthy,
    Degraded,
    Unhealthy,
}

impl Health {
    /// Says that all is well.
    pub const fn healthy() -> Self {
        Health { verdict: Verdict::Healthy, reason: None, details: Vec::new(), left_out: 0 }
    }

    /// Says that it works, but not as it should. Probes succeed all the same; reports show it. A reason is one line, cut
    /// after 1 KiB: what would make others of it is a space.
    pub fn degraded(reason: impl Into<String>) -> Self {
        Health {
            verdict: Verdict::Degraded,
            reason: Some(one_line(&cut(reason.into())).into_owned()),
            ..Health::healthy()
        }
    }

    /// Says that it does not work. A reason is one line, cut after 1 KiB: what would make others of it is a space.
    pub fn unhealthy(reason: impl Into<String>) -> Self {
        Health {
            verdict: Verdict::Unhealthy,
            reason: Some(one_line(&cut(reason.into())).into_owned()),
            ..Health::healthy()
        }
    }

    /// Adds a detail, or replaces the one of that name. Details are in reports as JSON, for those who are authorised, and
    /// nowhere else: at most 32, texts cut after 1 KiB.
    pub fn with(mut self, name: impl Into<Text>, value: impl Into<Value>) -> Self {
        let (key, mut value) = (name.into(), value.into());
        if let Value::Str(text) = &mut value
            && text.len() > MOST_TEXT
        {
            *text = Text::Owned(cut(std::mem::take(text).into_owned()));
        }
        if let Some(known) = self.details.iter_mut().find(|detail| detail.key == key) {
            known.value = value;
        } else if self.details.len() < MOST_DETAILS {
            self.details.push(Attribute { key, value });
        } else {
            self.left_out += 1;
        }
        self
    }

    /// Tells whether the check passed: it is healthy or degraded.
    pub fn is_passing(&self) -> bool {
        self.verdict != Verdict::Unhealthy
    }

    /// Returns why it is not simply healthy.
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    pub(crate) fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// Takes it apart: verdict, reason, details.
    pub(crate) fn into_parts(mut self) -> (Verdict, Option<String>, Vec<Attribute>) {
        if self.left_out > 0 {
            let left_out = Value::from(self.left_out);
            self.details.push(Attribute { key: Text::Borrowed("details_left_out"), value: left_out });
        }
        (self.verdict, self.reason, self.details)
    }
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.verdict {
            Verdict::Healthy => "healthy",
            Verdict::Degraded => "degraded",
            Verdict::Unhealthy => "unhealthy",
        })?;
        self.reason.iter().try_for_each(|reason| write!(f, ": {reason}"))
    }
}

/// Cuts a text on a boundary between characters.
fn cut(mut text: String) -> String {
    if text.len() > MOST_TEXT {
        text.truncate(text.floor_char_boundary(MOST_TEXT));
        text.push('…');
    }
    text
}

/// What a health check may return.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not tell whether the check passed",
    note = "return `()`, `bool`, `obs::Health`, or a `Result` of one of them with an error that is `Display`"
)]
pub trait IntoHealth {
    /// Says what the value means.
    fn into_health(self) -> Health;
}

impl IntoHealth for () {
    fn into_health(self) -> Health {
        Health::healthy()
    }
}

impl IntoHealth for bool {
    fn into_health(self) -> Health {
        if self { Health::healthy() } else { Health::unhealthy("the check returned false") }
    }
}

impl IntoHealth for Health {
    fn into_health(self) -> Health {
        self
    }
}

impl<T: IntoHealth, E: fmt::Display> IntoHealth for Result<T, E> {
    fn into_health(self) -> Health {
        match self {
            Ok(value) => value.into_health(),
            Err(error) => Health::unhealthy(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_function_returns_says_whether_it_passed() {
        assert_eq!(().into_health(), Health::healthy());
        assert_eq!(true.into_health(), Health::healthy());
        assert_eq!(false.into_health(), Health::unhealthy("the check returned false"));
        assert_eq!(Ok::<(), &str>(()).into_health(), Health::healthy());
        assert_eq!(Err::<(), &str>("down").into_health(), Health::unhealthy("down"));
        assert_eq!(Ok::<_, &str>(Health::degraded("slow")).into_health(), Health::degraded("slow"));
        assert_eq!(Ok::<_, &str>(false).into_health(), Health::unhealthy("the check returned false"));
    }

    #[test]
    fn details_replace_each_other_and_are_bounded() {
        let many = (0..40).fold(Health::healthy(), |health, n| health.with(format!("n{n}"), n));
        let (verdict, reason, details) = many.with("n3", "new").into_parts();
        assert_eq!((verdict, reason, details.len()), (Verdict::Healthy, None, 33));
        let find = |key: &str| details.iter().find(|d| d.key == key).map(|d| d.value.clone());
        assert_eq!(find("n3"), Some(Value::from("new")));
        assert_eq!(find("details_left_out"), Some(Value::Int(8)));
    }

    #[test]
    fn a_reason_is_one_line_whoever_wrote_it() {
        for text in ["a\nb", "a\r\u{85}b", "a\u{2028}b", "a\u{202e}b", "a\x1bb", "a\u{2066}b"] {
            let health = Err::<(), &str>(text).into_health();
            let reason = health.reason().unwrap_or_default();
            assert!(reason.starts_with("a ") && reason.ends_with('b') && reason.is_ascii(), "{reason:?}");
            assert!(!reason.contains(char::is_control), "{reason:?}");
        }
        assert_eq!(Health::degraded("é für ä").reason(), Some("é für ä"));
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let long = "ä".repeat(1_000);
        let health = Health::unhealthy(long.clone()).with("text", long);
        let (_, reason, details) = health.into_parts();
        assert_eq!(reason.map(|reason| reason.chars().count()), Some(513));
        assert!(matches!(details.first().map(|d| &d.value), Some(Value::Str(text)) if text.ends_with("ä…")));
    }
}
