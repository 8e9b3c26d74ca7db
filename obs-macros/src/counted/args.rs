//! What may be written in `#[counted(...)]`.

use crate::future;
use crate::judged;
use crate::syntax::{Opt, Shape, Table};

pub(crate) const TABLE: Table = Table {
    options: &[
        Opt { key: "metric", shape: Shape::Path, doc: "the counter, declared with `metrics!`" },
        Opt { key: "name", shape: Shape::Text, doc: "the name of a counter that is declared here" },
        Opt {
            key: "count",
            shape: Shape::OneOf(&["all", "ok", "error"]),
            doc: "which calls count, by how they ended",
        },
        Opt { key: "labels", shape: Shape::Labels, doc: "labels that are named like an option" },
        Opt { key: "max_series", shape: Shape::Count, doc: "how many series the labels may make" },
        judged::OK_IF,
        judged::ERROR_IF,
        judged::ERROR_TYPE,
        future::OPTION,
    ],
    labels: true,
};
