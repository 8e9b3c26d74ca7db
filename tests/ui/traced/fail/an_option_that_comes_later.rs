use obs::{observed, traced};

#[traced(consumer, trust = restart)]
fn a_stranger() {}

#[observed(consumer, batch)]
fn many() {}

fn main() {}
