//! What may be written in `#[timed(...)]`.

use crate::future;
use crate::judged;
use crate::syntax::{Opt, Shape, Table};

pub(crate) const TABLE: Table = Table {
    options: &[
        Opt { key: "metric", shape: Shape::Path, doc: "the histogram, declared with `metrics!`" },
        Opt { key: "name", shape: Shape::Text, doc: "the name of a histogram that is declared here" },
        Opt {
            key: "in_flight",
            shape: Shape::Flag,
            doc: "also gauges the calls that have begun and not ended",
        },
        Opt { key: "buckets", shape: Shape::Expr, doc: "upper bounds, as in `[0.1, 1.0]`, or `http`" },
        Opt { key: "unit", shape: Shape::Text, doc: "the unit, which is `seconds`" },
        Opt { key: "labels", shape: Shape::Labels, doc: "labels that are named like an option" },
        Opt { key: "max_series", shape: Shape::Count, doc: "how many series the labels may make" },
        judged::OK_IF,
        judged::ERROR_IF,
        judged::ERROR_TYPE,
        future::OPTION,
    ],
    labels: true,
};
