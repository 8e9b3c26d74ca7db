//! The buckets of histograms whose makers could not say any.

use ::metrics::Unit;

/// OpenTelemetry's for durations in seconds.
const SECONDS: &[f64] = &[0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// Those of OpenTelemetry's SDKs, which are made for milliseconds.
const MILLISECONDS: &[f64] =
    &[5.0, 10.0, 25.0, 50.0, 75.0, 100.0, 250.0, 500.0, 750.0, 1e3, 2.5e3, 5e3, 7.5e3, 10e3];

/// From 64 B to 1 GiB.
const BYTES: &[f64] = &[
    64.0,
    256.0,
    1024.0,
    4096.0,
    16_384.0,
    65_536.0,
    262_144.0,
    1_048_576.0,
    4_194_304.0,
    16_777_216.0,
    67_108_864.0,
    268_435_456.0,
    1_073_741_824.0,
];

/// Durations in seconds, and counts.
const ANY: &[f64] = &[
    0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0,
    1e3, 2.5e3, 5e3, 10e3, 100e3, 1e6,
];

/// Returns the bounds of a histogram, by its unit or what its name ends in.
pub(super) fn of(name: &str, unit: Option<Unit>) -> &'static [f64] {
    let ends = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
    match unit {
        Some(Unit::Seconds) => SECONDS,
        Some(Unit::Milliseconds) => MILLISECONDS,
        Some(Unit::Bytes) => BYTES,
        _ if ends(&["_seconds", "_secs"]) => SECONDS,
        _ if ends(&["_milliseconds", "_millis", "_ms"]) => MILLISECONDS,
        _ if ends(&["_bytes"]) => BYTES,
        _ => ANY,
    }
}
