//! Numbers as Prometheus prints them.

use std::fmt;

/// A float in the shortest form that reads back to the same value; an exponent below 1e-4 and from 1e6 on, as Go's
/// `strconv.FormatFloat(v, 'g', -1, 64)`, which Prometheus and its clients use.
pub(super) struct Float(pub(super) f64);

impl fmt::Display for Float {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.0;
        if value.is_nan() {
            return f.write_str("NaN");
        }
        if value.is_infinite() {
            return f.write_str(if value > 0.0 { "+Inf" } else { "-Inf" });
        }
        let size = value.abs();
        if size == 0.0 || (1e-4..1e6).contains(&size) {
            return write!(f, "{value}");
        }
        let scientific = format!("{value:e}");
        let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
        let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
        write!(f, "{mantissa}e{sign}{digits:0>2}")
    }
}

impl Float {
    /// Writes the canonical form of OpenMetrics 1.0, section 4.1, which always shows that it is a float.
    pub(super) fn canonical(&self) -> String {
        let mut text = self.to_string();
        if self.0.is_finite() && !text.contains(['.', 'e']) {
            text.push_str(".0");
        }
        text
    }
}

/// Nanoseconds since the epoch as seconds with a fraction; exact, which a float is not.
pub(super) struct Seconds(pub(super) u64);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:09}", self.0 / 1_000_000_000, self.0 % 1_000_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_those_of_prometheus() {
        let cases = [
            (0.0, "0"),
            (1.0, "1"),
            (-2.5, "-2.5"),
            (0.005, "0.005"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (999_999.0, "999999"),
            (1e6, "1e+06"),
            (123_456_789.0, "1.23456789e+08"),
            (1e21, "1e+21"),
            (2.5e-300, "2.5e-300"),
            (f64::INFINITY, "+Inf"),
            (f64::NEG_INFINITY, "-Inf"),
            (f64::NAN, "NaN"),
        ];
        for (value, text) in cases {
            assert_eq!(Float(value).to_string(), text);
        }
    }

    #[test]
    fn canonical_floats_show_a_point_or_an_exponent() {
        let cases =
            [(1.0, "1.0"), (100.0, "100.0"), (0.25, "0.25"), (1e10, "1e+10"), (f64::INFINITY, "+Inf")];
        for (value, text) in cases {
            assert_eq!(Float(value).canonical(), text);
        }
    }

    #[test]
    fn seconds_are_exact() {
        assert_eq!(Seconds(1_795_258_800_000_000_001).to_string(), "1795258800.000000001");
    }
}
