//! What the facade may hold. A series is 1 KiB at most but for long labels, so that all of them stay within 40 MiB.

/// Families, and descriptions of families.
pub(super) const FAMILIES: usize = 1_000;

/// Series of one family; all others share one.
pub(super) const SERIES_PER_FAMILY: usize = 1_000;

/// Series of all families together, without those that are shared.
pub(super) const SERIES: usize = 10_000;

/// Labels of one series; one that has more is counted with the others.
pub(super) const LABELS: usize = 32;

/// Bytes of a name; the rest is cut off, as it is of all texts.
pub(super) const NAME: usize = 128;

/// Bytes of a label's value.
pub(super) const VALUE: usize = 128;

/// Bytes of a help text.
pub(super) const HELP: usize = 512;
