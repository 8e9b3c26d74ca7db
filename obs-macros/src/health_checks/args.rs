//! What may be written in `#[health_checks(...)]`: where the crate is found.

use crate::syntax::Table;

pub(super) const TABLE: Table = Table { options: &[], labels: false };
