//! What every text output needs: times for people, and characters that cannot break out of a line.

use std::fmt::{self, Write};

pub(super) use crate::one_line::is_unsafe;

/// Writes nanoseconds since the Unix epoch as RFC 3339 in UTC with `digits` (at most 9) after the point.
pub(super) fn write_time(out: &mut impl Write, unix_nanos: u64, digits: usize) -> fmt::Result {
    let (seconds, nanos) = (unix_nanos / 1_000_000_000, unix_nanos % 1_000_000_000);
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    write!(out, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.")?;
    let digits = digits.clamp(1, 9);
    let fraction = nanos / 10_u64.pow(9 - digits as u32);
    write!(out, "{fraction:0digits$}Z")
}

/// Returns year, month and day of a day since 1970-01-01. Years begin in March, so that the leap day is their last.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468; // since 0000-03-01
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153; // 0 is March
    let day = of_year - (153 * month + 2) / 5 + 1;
    let calendar_month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + u64::from(calendar_month <= 2), calendar_month, day)
}

/// Writes a text of which no character can end the line or act on a terminal.
pub(super) fn write_escaped(out: &mut impl Write, text: &str) -> fmt::Result {
    write_with(out, text, is_unsafe, |out, c| match c {
        '\n' => out.write_str("\\n"),
        '\r' => out.write_str("\\r"),
        '\t' => out.write_str("\\t"),
        c => write!(out, "\\u{{{:x}}}", u32::from(c)),
    })
}

/// Writes a text as a JSON string (RFC 8259, section 7), unsafe characters as `\uXXXX`.
pub(super) fn write_json_string(out: &mut impl Write, text: &str) -> fmt::Result {
    out.write_char('"')?;
    write_with(
        out,
        text,
        |c| is_unsafe(c) || matches!(c, '"' | '\\'),
        |out, c| match c {
            '"' => out.write_str("\\\""),
            '\\' => out.write_str("\\\\"),
            '\n' => out.write_str("\\n"),
            '\r' => out.write_str("\\r"),
            '\t' => out.write_str("\\t"),
            c => write!(out, "\\u{:04x}", u32::from(c)), // none of them is beyond the basic plane
        },
    )?;
    out.write_char('"')
}

/// Writes a float as the JSON mapping of protobuf has it: the shortest number that reads back to the same value, and a
/// text for what JSON has no number for (protobuf.dev, "ProtoJSON Format").
pub(super) fn write_json_double(out: &mut impl Write, value: f64) -> fmt::Result {
    if value.is_finite() {
        out.write_str(zmij::Buffer::new().format_finite(value))
    } else if value.is_nan() {
        out.write_str("\"NaN\"")
    } else {
        out.write_str(if value > 0.0 { "\"Infinity\"" } else { "\"-Infinity\"" })
    }
}

/// Writes a text, piece by piece between the characters that need care.
pub(super) fn write_with<W: Write>(
    out: &mut W,
    text: &str,
    special: impl Fn(char) -> bool,
    mut escape: impl FnMut(&mut W, char) -> fmt::Result,
) -> fmt::Result {
    for piece in text.split_inclusive(&special) {
        match piece.chars().next_back().filter(|c| special(*c)) {
            Some(last) => {
                out.write_str(piece.strip_suffix(last).unwrap_or(piece))?;
                escape(out, last)?;
            }
            None => out.write_str(piece)?,
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test fails by panicking
mod tests {
    use super::*;

    fn time(nanos: u64, digits: usize) -> String {
        let mut out = String::new();
        write_time(&mut out, nanos, digits).unwrap();
        out
    }

    #[test]
    fn times_are_rfc3339() {
        assert_eq!(time(0, 3), "1970-01-01T00:00:00.000Z");
        assert_eq!(time(951_782_400_000_000_000, 3), "2000-02-29T00:00:00.000Z");
        assert_eq!(time(1_709_251_199_123_456_789, 6), "2024-02-29T23:59:59.123456Z");
        assert_eq!(time(1_795_258_800_123_456_789, 9), "2026-11-21T11:00:00.123456789Z");
        assert_eq!(time(4_107_542_400_000_000_000, 3), "2100-03-01T00:00:00.000Z");
        assert_eq!(time(u64::MAX, 3), "2554-07-21T23:34:33.709Z");
    }

    #[test]
    fn unsafe_characters_are_escaped_and_others_are_kept() {
        let (mut plain, mut json) = (String::new(), String::new());
        let text = "a\nb\u{1b}[31m\u{85}\u{202e}\u{2028}é\"\\";
        write_escaped(&mut plain, text).unwrap();
        write_json_string(&mut json, text).unwrap();
        assert_eq!(plain, "a\\nb\\u{1b}[31m\\u{85}\\u{202e}\\u{2028}é\"\\");
        assert_eq!(json, r#""a\nb\u001b[31m\u0085\u202e\u2028é\"\\""#);
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }
}
