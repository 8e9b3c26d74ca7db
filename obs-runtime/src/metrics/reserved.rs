//! The names of metrics that every program has, and so none may declare.

use super::conventions;
use super::source::shared_names;
use crate::sources;

/// Those of health checks.
const HEALTH: [&str; 3] = ["health_check_duration_seconds", "health_check_status", "health_probe_status"];

/// Tells whether a name is taken by what `obs` shows of its own accord.
pub(crate) fn is_reserved(name: &str) -> bool {
    let own = conventions::names().chain(sources::names()).chain(HEALTH);
    shared(name)
        || name.starts_with("obs_")
        || name.starts_with("otel_sdk_")
        || own.into_iter().any(|own| base(own) == base(name))
}

/// Tells whether a name is that of a family of the annotated functions.
pub(super) fn shared(name: &str) -> bool {
    shared_names().any(|own| base(own) == base(name))
}

/// Returns the name of the histogram that one of this name would be taken for a part of.
#[cfg(feature = "metrics")] // what is declared has no such name
pub(crate) fn whole(name: &str) -> Option<&str> {
    PARTS.into_iter().find_map(|part| base(name).strip_suffix(part))
}

/// What the samples of a histogram end in.
#[cfg(feature = "metrics")]
pub(crate) const PARTS: [&str; 4] = ["_bucket", "_count", "_created", "_sum"];

/// Returns the name without the suffixes that exposition formats add and take away.
pub(crate) fn base(name: &str) -> &str {
    name.strip_suffix("_total").or_else(|| name.strip_suffix("_info")).unwrap_or(name)
}
