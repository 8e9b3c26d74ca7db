#![deny(warnings)]

use obs::{counted, traced};

#[inline(never)]
#[traced]
#[must_use]
#[cfg_attr(all(), doc = "Adds.")]
fn between(a: u8) -> u8 {
    a + 1
}

#[cfg(any())]
#[traced]
fn not_compiled() -> Missing {}

#[traced]
#[cfg(any())]
fn not_compiled_either() -> Missing {}

#[traced]
#[cfg_attr(all(), counted)]
fn conditional() {}

#[deprecated]
#[traced]
fn deprecated() {}

mod strict {
    #![deny(missing_docs, unused_qualifications, unreachable_pub, clippy::all)]

    #[obs::observed]
    pub(super) fn linted<'a>(text: &'a str) -> &'a str {
        fn nested() -> &'static str {
            "nested"
        }
        if text.is_empty() { nested() } else { text }
    }
}

fn recursive(depth: u8) -> u8 {
    #[traced(fields(depth))]
    fn inner(depth: u8) -> u8 {
        if depth == 0 { 0 } else { inner(depth - 1) + 1 }
    }
    inner(depth)
}

fn main() {
    assert_eq!(between(1), 2);
    conditional();
    #[allow(deprecated)]
    deprecated();
    assert_eq!(strict::linted(""), "nested");
    assert_eq!(recursive(3), 3);
}
