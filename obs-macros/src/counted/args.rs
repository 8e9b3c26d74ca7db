//! What may be written in `#[counted(...)]`.

use crate::judged;
use crate::syntax::{Opt, Shape, Table};

pub(crate) const TABLE: Table = Table {
    options: &[
        Opt { key: "metric", shape: Shape::Path, doc: "the counter, declared with `metrics!`" },
        judged::OK_IF,
        judged::ERROR_IF,
        judged::ERROR_TYPE,
    ],
    labels: true,
};
