#![deny(dead_code, unused_mut, unused_variables, unused_must_use, unreachable_code, unused_assignments)]

use std::future::Future;

use obs::{counted, observed, timed, traced};

#[traced]
fn never_called() {}

#[observed]
async fn never_awaited() {}

#[traced]
#[track_caller]
fn never_called_back() -> Option<u8> {
    only_from_there()
}

fn only_from_there() -> Option<u8> {
    None
}

#[counted]
fn unused_argument(used: u8, unused: u8) -> u8 {
    let mut local = 1;
    used
}

#[timed]
async fn unused_in_async(mut argument: u8) -> u8 {
    let local = 1;
    return argument;
    let after = 2;
}

#[traced]
fn unused_in_a_future(argument: u8) -> impl Future<Output = ()> {
    let local = 1;
    async {}
}

#[traced]
#[must_use]
fn important() -> u8 {
    1
}

fn main() {
    important();
    unused_in_async(unused_argument(1, 2));
    drop(unused_in_a_future(3));
}
