use obs::traced;

#[traced(err = "warn")]
fn a_value() {}

#[traced(err(lvel = "warn", "Debug"))]
fn an_unknown_word() {}

#[traced(ret(Debug, Display), err(level, Debug, Debug))]
fn both_ways() {}

#[traced(ret(level = "loud"))]
fn no_level() {}

#[traced(err(level = "info", level = "warn"))]
fn two_levels() {}

fn main() {}
