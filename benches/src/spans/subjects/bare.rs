//! The functions alone.

use crate::spans::subject::{SetUp, Subject, annotated, calls};

mod functions {
    super::annotated!((a, b, c), [], []);
}

struct Bare;

impl Subject for Bare {
    calls!(functions);
}

pub fn start(_: &SetUp) -> Box<dyn Subject> {
    Box::new(Bare)
}
