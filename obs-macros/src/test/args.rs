//! What may be written in `#[obs::test(...)]`: `crate = path`, as everywhere.

use crate::syntax::Table;

pub(super) const TABLE: Table = Table { options: &[], labels: false };
