//! What may be written in `#[counted(...)]`.

use crate::future;
use crate::syntax::{Opt, Shape, Table};

pub(crate) const TABLE: Table = Table {
    options: &[
        Opt { key: "metric", shape: Shape::Path, doc: "the counter, declared with `metrics!`" },
        future::OPTION,
    ],
    labels: true,
};
