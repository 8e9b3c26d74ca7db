//! What may be written in `#[obs::test(...)]`: `crate = path`, as everywhere.

use crate::syntax::{Opt, Shape, Table};

pub(super) const TABLE: Table = Table { options: OPTIONS, labels: false };

/// What belongs to a runtime.
const fn opt(key: &'static str) -> Opt {
    let remedy = "put `#[tokio::test(..)]` below `#[obs::test]`, and this into it";
    Opt { key, shape: Shape::Later(remedy), doc: "" }
}

const OPTIONS: &[Opt] = &[opt("flavor"), opt("worker_threads"), opt("start_paused"), opt("unhandled_panic")];
