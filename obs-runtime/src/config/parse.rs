//! What values look like: each reader says what is wrong, and what to write.

use std::str::FromStr;
use std::time::Duration;

use crate::percent;

/// Reads `key1=value1,key2=value2`, keys and values percent-encoded, as `OTEL_RESOURCE_ATTRIBUTES` and the headers have it
/// (OpenTelemetry resource specification, "Specifying resource information via an environment variable").
///
/// One malformed pair refuses the whole; the error never repeats a value, which may be a secret.
pub(super) fn pairs(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut out = Vec::new();
    for (at, pair) in text.split(',').enumerate().filter(|(_, p)| !p.trim().is_empty()) {
        let wrong = || format!("pair {} is not `key=value` with a percent-encoded value", at + 1);
        let (key, value) = pair.split_once('=').ok_or_else(wrong)?;
        let key = key.trim();
        if key.is_empty() {
            return Err(wrong());
        }
        out.push((percent::decode(key).ok_or_else(wrong)?, percent::decode(value.trim()).ok_or_else(wrong)?));
    }
    Ok(out)
}

/// "A very long time", which is what a timeout of 0 means (OpenTelemetry, "Timeout").
pub(super) const NO_LIMIT: Duration = Duration::from_millis(i32::MAX as u64);

/// Reads a number: `what` is what it must be, as in `a port from 0 to 65535`.
pub(super) fn number<T: FromStr>(what: &'static str) -> impl Fn(&str) -> Result<T, String> {
    move |text| text.parse().map_err(|_| format!("`{text}` is not {what}; write digits, as in `1000`"))
}

/// Reads a number that is at least 1.
pub(super) fn positive<T: FromStr + PartialOrd + From<u8>>(
    what: &'static str,
) -> impl Fn(&str) -> Result<T, String> {
    move |text| {
        let number = text.parse().ok().filter(|number| *number >= T::from(1));
        number.ok_or_else(|| format!("`{text}` is not {what}; write a number from 1 on, as in `1000`"))
    }
}

/// Reads milliseconds (OpenTelemetry, "Duration").
pub(super) fn millis(text: &str) -> Result<Duration, String> {
    number("a number of milliseconds")(text).map(Duration::from_millis)
}

/// Reads milliseconds, 0 for no limit (OpenTelemetry, "Timeout").
pub(super) fn timeout(text: &str) -> Result<Duration, String> {
    let millis = millis(text)?;
    Ok(if millis.is_zero() { NO_LIMIT } else { millis.min(NO_LIMIT) })
}

/// Reads whether it says `true`, in upper or lower case; nothing else does (OpenTelemetry, "Boolean").
pub(super) fn boolean(text: &str) -> Result<bool, String> {
    one_of(&[("true", true), ("false", false)])(text)
}

/// Reads one of several words, in upper or lower case.
pub(super) fn one_of<T: Copy>(words: &'static [(&'static str, T)]) -> impl Fn(&str) -> Result<T, String> {
    move |text| {
        let known = words.iter().find(|(word, _)| text.eq_ignore_ascii_case(word));
        known.map(|(_, value)| *value).ok_or_else(|| {
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            format!("`{text}` is unknown; write {}", any_of(&words))
        })
    }
}

/// Returns words as in `a`, `b` or `c`.
pub(super) fn any_of(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} or {last}", before.join(", ")),
        _ => quoted.concat(),
    }
}

/// Takes any text.
pub(super) fn text(text: &str) -> Result<String, String> {
    Ok(text.to_owned())
}

/// Reads a duration as macros do, a number and a unit.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    span_of_time(text).ok_or_else(|| {
        format!("`{text}` is no duration; write a number and a unit, as in `250ms`, `1.5s` or `2m`")
    })
}

/// Reads a number and a unit, as in `250ms`, `1.5s`, `2m` or `1h`.
fn span_of_time(text: &str) -> Option<Duration> {
    const UNITS: [(&str, f64); 4] = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0)];
    let (number, seconds) =
        UNITS.iter().find_map(|(unit, s)| Some((text.strip_suffix(unit)?.trim_end(), *s)))?;
    let plain = number.starts_with(|c: char| c.is_ascii_digit())
        && number.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let number: f64 = number.parse().ok().filter(|_| plain)?;
    Duration::try_from_secs_f64(number * seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_numbers_with_a_unit() {
        let millis = |text| span_of_time(text).map(|d| d.as_millis());
        assert_eq!(millis("250ms"), Some(250));
        assert_eq!(millis("1.5s"), Some(1_500));
        assert_eq!(millis("2 m"), Some(120_000));
        assert_eq!(millis("1h"), Some(3_600_000));
        assert_eq!(millis("0s"), Some(0));
        for wrong in ["", "s", "5", "-1s", "+1s", "1e3s", "infs", ".5s", "1.2.3s", "99999999999999999999h"] {
            assert_eq!(span_of_time(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_timeout_of_zero_is_none_and_nothing_is_longer() {
        assert_eq!(timeout("0"), Ok(NO_LIMIT));
        assert_eq!(timeout("18446744073709551615"), Ok(NO_LIMIT));
        assert_eq!(timeout("250"), Ok(Duration::from_millis(250)));
        assert_eq!(millis("0"), Ok(Duration::ZERO));
        for wrong in ["-1", "1.5", "1s", "many"] {
            let problem = format!("`{wrong}` is not a number of milliseconds; write digits, as in `1000`");
            assert_eq!((millis(wrong), timeout(wrong)), (Err(problem.clone()), Err(problem)));
        }
    }

    #[test]
    fn words_are_told_as_people_do() {
        assert_eq!(any_of(&["a"]), "`a`");
        assert_eq!(any_of(&["a", "b", "c"]), "`a`, `b` or `c`");
        assert_eq!((boolean("TRUE"), boolean("False")), (Ok(true), Ok(false)));
        for wrong in ["1", "yes", "on"] {
            assert_eq!(boolean(wrong), Err(format!("`{wrong}` is unknown; write `true` or `false`")));
        }
        assert_eq!(
            positive::<u64>("a size")("0"),
            Err("`0` is not a size; write a number from 1 on, as in `1000`".into())
        );
    }
}
