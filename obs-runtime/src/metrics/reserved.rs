//! The names of metrics that every program has, and so none may declare.

use super::conventions;
use super::source::shared_names;
use crate::sources;

/// Those of health checks.
const HEALTH: [&str; 2] = ["health_check_duration_seconds", "health_check_status"];

/// Tells whether a name is taken by what `obs` shows of its own accord.
pub(crate) fn is_reserved(name: &str) -> bool {
    let own = conventions::names().chain(sources::names()).chain(HEALTH);
    shared(name) || name.starts_with("obs_") || own.into_iter().any(|own| base(own) == base(name))
}

/// Tells whether a name is that of a family of the annotated functions.
pub(super) fn shared(name: &str) -> bool {
    shared_names().any(|own| base(own) == base(name))
}

/// Returns the name without the suffixes that exposition formats add and take away.
pub(crate) fn base(name: &str) -> &str {
    name.strip_suffix("_total").or_else(|| name.strip_suffix("_info")).unwrap_or(name)
}
