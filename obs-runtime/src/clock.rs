//! Wall time and monotonic time.

use std::time::{SystemTime, UNIX_EPOCH};

/// Returns nanoseconds since the Unix epoch; 0 where the wall clock stands before it.
pub(crate) fn unix_nanos() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| u64::try_from(d.as_nanos()).unwrap_or(u64::MAX))
}
