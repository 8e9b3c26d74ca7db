#![deny(warnings)]

use std::panic::Location;

use obs::{observed, traced};

#[traced]
fn measure() -> impl Fn(&str) -> usize {
    |text| text.len()
}

#[observed(slow = "1s")]
fn choose(long: bool) -> impl FnOnce(&[u8]) -> Option<&u8> + 'static {
    move |bytes| if long { bytes.last() } else { bytes.first() }
}

#[traced]
#[track_caller]
fn here() -> impl Fn(&str) -> (usize, u32) {
    let line = Location::caller().line();
    move |text| (text.len(), line)
}

fn main() {
    assert_eq!(measure()("four"), 4);
    assert_eq!(choose(true)(&[1, 2]), Some(&2));
    assert_eq!(here()("four"), (4, line!()));
}
