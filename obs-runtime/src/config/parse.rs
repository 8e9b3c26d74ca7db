//! Values that are more than one word.

use std::time::Duration;

/// Reads `key1=value1,key2=value2`, values percent-encoded, as `OTEL_RESOURCE_ATTRIBUTES` and the headers have it
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
        out.push((key.to_owned(), percent_decode(value.trim()).ok_or_else(wrong)?));
    }
    Ok(out)
}

/// Decodes `%41`; `None` where an escape is broken or the result is not UTF-8.
fn percent_decode(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => digit(bytes.next()?)? * 16 + digit(bytes.next()?)?,
            other => other,
        });
    }
    String::from_utf8(out).ok()
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|d| u8::try_from(d).ok())
}

/// Reads a duration as macros do: a number and a unit, as in `250ms`, `1.5s`, `2m` or `1h`.
pub(super) fn duration(text: &str) -> Option<Duration> {
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
        let millis = |text| duration(text).map(|d| d.as_millis());
        assert_eq!(millis("250ms"), Some(250));
        assert_eq!(millis("1.5s"), Some(1_500));
        assert_eq!(millis("2 m"), Some(120_000));
        assert_eq!(millis("1h"), Some(3_600_000));
        assert_eq!(millis("0s"), Some(0));
        for wrong in ["", "s", "5", "-1s", "+1s", "1e3s", "infs", ".5s", "1.2.3s", "99999999999999999999h"] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }
}
