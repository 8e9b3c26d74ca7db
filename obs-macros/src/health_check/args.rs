//! What may be written in `#[health_check(...)]`.

use crate::syntax::{Opt, Shape, Table};

pub(crate) const TABLE: Table = Table { options: OPTIONS, labels: false };

const fn opt(key: &'static str, shape: Shape, doc: &'static str) -> Opt {
    Opt { key, shape, doc }
}

pub(super) const KINDS: &[&str] = &["liveness", "readiness", "startup"];

const OPTIONS: &[Opt] = &[
    opt("name", Shape::Text, "the check's name; the function's if absent"),
    opt("liveness", Shape::Flag, "its failure means: restart me"),
    opt("readiness", Shape::Flag, "its failure means: send me no traffic; the default"),
    opt("startup", Shape::Flag, "its failure means: I am still starting"),
    opt("critical", Shape::Flag, "its failure makes `/readyz` fail, and is not only shown"),
    opt("interval", Shape::Duration, "time between two runs; 10s if absent"),
    opt("timeout", Shape::Duration, "time after which a run has failed; 1s if absent"),
    opt("failures", Shape::Count, "failures in a row that make it unhealthy; 3 if absent"),
    opt("successes", Shape::Count, "successes in a row that make it healthy again; 1 if absent"),
    opt("initial_delay", Shape::Delay, "time before the first run; none if absent"),
    opt("group", Shape::Text, "the group by which it can be asked for"),
    opt("tags", Shape::Words, "words by which it can be asked for"),
];
