#![no_implicit_prelude]
#![deny(warnings)]
#![forbid(unsafe_code)]
#![allow(dead_code, non_camel_case_types)]

mod std {}
mod core {}
mod obs {}
mod linkme {}
mod tracing {}

struct Option;
struct Result;
struct Some;
struct None;
struct Ok;
struct str;
struct Box;
trait Fn {}
trait Future {}

#[::obs::traced(fields(number, shown = %number))]
fn synchronous(number: u8) -> u8 {
    number
}

#[::obs::traced(root)]
async fn asynchronous() -> ::core::result::Result<(), ()> {
    ::core::result::Result::Ok(())
}

#[::obs::observed]
fn everything() {}

#[::obs::health_check]
fn check() -> bool {
    true
}

#[::obs::health_check(liveness)]
async fn async_check() -> bool {
    true
}

fn main() {
    ::core::assert_eq!(synchronous(1), 1);
    ::core::mem::drop(asynchronous());
    everything();
}
