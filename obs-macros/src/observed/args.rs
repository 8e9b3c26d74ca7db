//! What may be written in `#[observed(...)]`: what `#[traced(...)]` takes.

use crate::syntax::Table;
use crate::traced;

pub(crate) const TABLE: Table = Table { options: traced::OPTIONS, labels: false };
