//! The threshold of consistent probability sampling (OpenTelemetry specification, "TraceState: Probability Sampling").

use std::fmt;

/// The bits of a trace id that are random, from the right.
const BITS: u32 = 56;
const END: u64 = 1 << BITS;

/// Significant hexadecimal digits, as the specification recommends.
const DIGITS: u32 = 4;

/// How many of 2^56 traces are refused: those whose randomness is below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Threshold(u64);

impl Threshold {
    /// Returns the threshold that keeps `share` of all traces, to four significant digits; `None` keeps none.
    ///
    /// What is too small to be kept by a threshold, below 2^-56, is kept never; what is no share counts as the nearest.
    pub(crate) fn of(share: f64) -> Option<Self> {
        if share >= 1.0 {
            return Some(Threshold(0));
        }
        if share.is_nan() || share * (END as f64) < 1.0 {
            return None;
        }
        let exact = END - (share * END as f64).round() as u64;
        // Every digit `f` in front says how small the share is, and not what it is.
        let exponent = ((share.to_bits() >> 52) & 0x7ff) as u32; // 1022 for shares from a half on
        let digits = (DIGITS + (1022 - exponent) / 4).min(12);
        let unit = 1 << (BITS - 4 * digits);
        Some(Threshold(((exact + unit / 2) / unit * unit).min(END - 1)))
    }

    /// Packs a threshold, or none, into a number.
    pub(crate) fn pack(threshold: Option<Self>) -> u64 {
        threshold.map_or(0, |t| t.0 + 1)
    }

    /// Reads what [`pack`](Threshold::pack) made.
    pub(crate) fn unpack(packed: u64) -> Option<Self> {
        packed.checked_sub(1).map(Threshold)
    }

    /// Reads 1 to 14 hexadecimal digits, zeros at the end left out.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let missing = 14u32.checked_sub(u32::try_from(text.len()).ok()?)?;
        let digits = !text.is_empty() && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let value = u64::from_str_radix(text, 16).ok().filter(|_| digits)?;
        Some(Threshold(value << (4 * missing)))
    }

    /// Tells whether a trace of this randomness is kept.
    pub(crate) fn keeps(self, randomness: u64) -> bool {
        randomness >= self.0
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{:014x}", self.0);
        let significant = digits.trim_end_matches('0');
        f.write_str(if significant.is_empty() { "0" } else { significant })
    }
}

/// Returns the randomness of a trace id: its right-most 56 bits (W3C Trace Context level 2, section 3.2.2.3).
pub(super) fn randomness(trace_id: u128) -> u64 {
    (trace_id as u64) & (END - 1)
}

/// Reads the explicit randomness of a trace, exactly 14 hexadecimal digits.
pub(super) fn parse_randomness(text: &str) -> Option<u64> {
    Threshold::parse(text).filter(|_| text.len() == 14).map(|Threshold(value)| value)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test fails by panicking
mod tests {
    use super::*;

    /// The table of the specification, for four digits.
    #[test]
    fn thresholds_are_those_of_the_specification() {
        let table = [
            (1.0, "0"),
            (0.5, "8"),
            (1.0 / 3.0, "aaab"),
            (0.25, "c"),
            (0.2, "cccd"),
            (0.125, "e"),
            (0.1, "e666"),
            (0.0625, "f"),
            (0.01, "fd70a"),
            (0.001, "ffbe77"),
            (0.0001, "fff9724"),
            (0.00001, "ffff583a"),
            (0.000001, "ffffef39"),
        ];
        for (share, text) in table {
            let threshold = Threshold::of(share).unwrap();
            assert_eq!(threshold.to_string(), text, "{share}");
            assert_eq!(Threshold::parse(text), Some(threshold));
        }
    }

    #[test]
    fn the_ends_are_all_and_none() {
        assert_eq!(Threshold::of(2.0), Some(Threshold(0)));
        assert!(Threshold::of(1.0).unwrap().keeps(0));
        for none in [0.0, -0.0, -1.0, f64::NAN, f64::MIN_POSITIVE, 1e-17] {
            assert_eq!(Threshold::of(none), None, "{none}");
        }
        let least = Threshold::of(2f64.powi(-56)).unwrap();
        assert!(least.keeps(END - 1) && !least.keeps(END / 2));
        let most = Threshold::of(1.0 - f64::EPSILON).unwrap();
        assert!(most.keeps(END / 1000));
    }

    #[test]
    fn only_lower_case_digits_are_read() {
        for wrong in ["", "C", "0x8", "+8", "g", "8 ", "123456789012345"] {
            assert_eq!(Threshold::parse(wrong), None, "{wrong}");
        }
        assert_eq!(Threshold::parse("c"), Some(Threshold(0xc << 52)));
        assert_eq!(parse_randomness("6e6d1a75832a2f"), Some(0x6e_6d1a_7583_2a2f));
        assert_eq!(parse_randomness("6e6d1a"), None);
    }
}
