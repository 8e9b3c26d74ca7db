//! `baggage` in `properties.rs`, fuzzed.

#![no_main]

#[path = "../counting.rs"]
mod counting;
#[path = "../properties.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|input: &[u8]| properties::baggage(input));
