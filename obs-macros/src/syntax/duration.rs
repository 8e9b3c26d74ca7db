//! Durations as people write them: `250ms`, `1.5s`, `2m`, `1h`.

use std::time::Duration;

use proc_macro2::Ident;
use syn::{Error, LitStr};

/// Units with their number of milliseconds; `ms` before `s` and `m`, for suffixes are tried in order.
const UNITS: [(&str, u64); 4] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];

/// Longest duration that is accepted: a day.
const MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// Reads the duration that was written for `key`.
pub(super) fn read(key: &Ident, text: &LitStr, may_be_none: bool) -> syn::Result<Duration> {
    parse(&text.value(), may_be_none).map_err(|remedy| {
        Error::new(text.span(), format!("`{}` is not a duration for `{key}`; {remedy}", text.value()))
    })
}

/// Reads a duration of whole milliseconds; says what is wrong with it otherwise.
fn parse(text: &str, may_be_none: bool) -> Result<Duration, &'static str> {
    const GRAMMAR: &str = "write a number and a unit, as in \"250ms\", \"1.5s\", \"2m\" or \"1h\"";
    let (number, factor) = UNITS
        .iter()
        .find_map(|(unit, factor)| Some((text.strip_suffix(unit)?.trim_end(), *factor)))
        .ok_or(GRAMMAR)?;
    let (whole, fraction) = number.split_once('.').map_or((number, None), |(w, f)| (w, Some(f)));
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !fraction.is_none_or(digits) {
        return Err(GRAMMAR);
    }
    if whole.len() > 9 {
        return Err("write at most \"24h\"");
    }
    let millis =
        millis(whole, fraction.unwrap_or_default(), factor).ok_or("write at least whole milliseconds")?;
    let duration = Duration::from_millis(millis);
    if duration.is_zero() && !may_be_none {
        Err("write a duration above zero")
    } else if duration > MAX {
        Err("write at most \"24h\"")
    } else {
        Ok(duration)
    }
}

/// Counts milliseconds; `None` where a part of one is left.
fn millis(whole: &str, fraction: &str, factor: u64) -> Option<u64> {
    let scale = 10u64.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let whole = whole.parse::<u64>().ok()?.checked_mul(factor)?;
    let part = match fraction {
        "" => 0,
        digits => digits.parse::<u64>().ok()?.checked_mul(factor)?,
    };
    (part % scale == 0).then_some(whole.checked_add(part / scale)?)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn durations_are_numbers_with_a_unit() {
        let millis = |text| parse(text, false).map(|d| d.as_millis());
        assert_eq!(millis("250ms"), Ok(250));
        assert_eq!(millis("1.5s"), Ok(1_500));
        assert_eq!(millis("0.25m"), Ok(15_000));
        assert_eq!(millis("2 m"), Ok(120_000));
        assert_eq!(millis("24h"), Ok(86_400_000));
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in
            ["", "10", "s", "-1s", "1.s", ".5s", "1e3ms", "10 sec", "0s", "25h", "0.5ms", "99999999999s"]
        {
            assert!(parse(text, false).is_err(), "{text}");
        }
    }

    #[test]
    fn one_that_is_too_long_is_told_so() {
        assert_eq!(parse("99999999999999999999s", false), Err("write at most \"24h\""));
        assert_eq!(parse("1.00000000000000000001s", false), Err("write at least whole milliseconds"));
    }

    #[test]
    fn only_a_delay_may_be_none() {
        assert_eq!(parse("0s", true).map(|d| d.as_millis()), Ok(0));
        assert_eq!(parse("0.5m", true).map(|d| d.as_millis()), Ok(30_000));
        assert!(parse("0m", false).is_err() && parse("25h", true).is_err() && parse("0", true).is_err());
    }
}
