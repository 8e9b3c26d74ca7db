//! What may be written in `#[timed(...)]`.

use crate::judged;
use crate::syntax::{Opt, Shape, Table};

pub(crate) const TABLE: Table = Table {
    options: &[
        Opt { key: "metric", shape: Shape::Path, doc: "the histogram, declared with `metrics!`" },
        Opt {
            key: "in_flight",
            shape: Shape::Flag,
            doc: "also gauges the calls that have begun and not ended",
        },
        judged::OK_IF,
        judged::ERROR_IF,
        judged::ERROR_TYPE,
    ],
    labels: true,
};
