//! Numbers as Prometheus prints them.

/// Appends a whole number.
#[inline]
pub(super) fn push_whole(out: &mut Vec<u8>, value: u64) {
    // As most numbers of buckets, and of counters that few calls reach.
    if value < 10 {
        return out.push(b'0' + value as u8);
    }
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// Appends a float in the shortest form that reads back to the same value; with an exponent below 1e-4 and from 1e6 on,
/// as Go's `strconv.FormatFloat(v, 'g', -1, 64)`, which Prometheus and its clients use.
pub(super) fn push_float(out: &mut Vec<u8>, value: f64) {
    if value.is_nan() {
        out.extend_from_slice(b"NaN");
    } else if value.is_infinite() {
        out.extend_from_slice(if value > 0.0 { b"+Inf" } else { b"-Inf" });
    } else {
        let mut buffer = zmij::Buffer::new();
        let text = buffer.format_finite(value);
        if value == 0.0 || (1e-4..1e6).contains(&value.abs()) {
            out.extend_from_slice(text.strip_suffix(".0").unwrap_or(text).as_bytes());
        } else {
            push_scientific(out, text);
        }
    }
}

/// Appends the canonical form of OpenMetrics 1.0, section 4.1, which always shows that it is a float.
pub(super) fn push_canonical(out: &mut Vec<u8>, value: f64) {
    let start = out.len();
    push_float(out, value);
    let shows = out.get(start..).is_some_and(|text| text.iter().any(|b| matches!(b, b'.' | b'e')));
    if value.is_finite() && !shows {
        out.extend_from_slice(b".0");
    }
}

/// Appends nanoseconds since the epoch as seconds with a fraction; exact, which a float is not.
pub(super) fn push_seconds(out: &mut Vec<u8>, nanos: u64) {
    push_whole(out, nanos / 1_000_000_000);
    let start = out.len();
    // A one before the nine digits keeps their zeros, and becomes the point.
    push_whole(out, 1_000_000_000 + nanos % 1_000_000_000);
    if let Some(point) = out.get_mut(start) {
        *point = b'.';
    }
}

/// Appends a number, however it is written, as `d.ddde+XX`.
fn push_scientific(out: &mut Vec<u8>, text: &str) {
    let (sign, text) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = || whole.bytes().chain(fraction.bytes());
    let zeros = digits().take_while(|d| *d == b'0').count();
    let last = digits().enumerate().filter(|(_, d)| *d != b'0').last().map_or(0, |(index, _)| index);
    let exponent = exponent.parse::<i64>().unwrap_or(0) + whole.len() as i64 - 1 - zeros as i64;
    out.extend_from_slice(sign.as_bytes());
    for (index, digit) in digits().take(last + 1).skip(zeros).enumerate() {
        if index == 1 {
            out.push(b'.');
        }
        out.push(digit);
    }
    out.extend_from_slice(if exponent < 0 { b"e-" } else { b"e+" });
    if exponent.abs() < 10 {
        out.push(b'0');
    }
    push_whole(out, exponent.unsigned_abs());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(push: fn(&mut Vec<u8>, f64), value: f64) -> String {
        let mut out = Vec::new();
        push(&mut out, value);
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn floats_are_those_of_prometheus() {
        let cases = [
            (0.0, "0"),
            (1.0, "1"),
            (-2.5, "-2.5"),
            (0.005, "0.005"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (-0.000_012_5, "-1.25e-05"),
            (999_999.0, "999999"),
            (1e6, "1e+06"),
            (123_456_789.0, "1.23456789e+08"),
            (-1_200_300.5, "-1.2003005e+06"),
            (1e21, "1e+21"),
            (2.5e-300, "2.5e-300"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
            (f64::INFINITY, "+Inf"),
            (f64::NEG_INFINITY, "-Inf"),
            (f64::NAN, "NaN"),
        ];
        for (value, expected) in cases {
            assert_eq!(text(push_float, value), expected);
        }
    }

    #[test]
    fn every_float_reads_back_to_itself() {
        let mut bits = 0x9e37_79b9_7f4a_7c15_u64;
        for _ in 0..100_000 {
            bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let value = f64::from_bits(bits.rotate_left(17));
            if value.is_finite() {
                let text = text(push_float, value);
                assert_eq!(text.parse::<f64>().map(f64::to_bits), Ok(value.to_bits()), "{text}");
            }
        }
    }

    #[test]
    fn canonical_floats_show_a_point_or_an_exponent() {
        let cases =
            [(1.0, "1.0"), (100.0, "100.0"), (0.25, "0.25"), (1e10, "1e+10"), (f64::INFINITY, "+Inf")];
        for (value, expected) in cases {
            assert_eq!(text(push_canonical, value), expected);
        }
    }

    #[test]
    fn seconds_are_exact() {
        for (nanos, expected) in [(1_795_258_800_000_000_001, "1795258800.000000001"), (0, "0.000000000")] {
            let mut out = Vec::new();
            push_seconds(&mut out, nanos);
            assert_eq!(out, expected.as_bytes());
        }
    }
}
