use obs::traced;

#[traced(sample = 1.5)]
fn more_than_all() {}

#[traced(sample = -0.1)]
fn less_than_none() {}

#[traced(sample = "10%")]
fn a_text() {}

#[traced(sample)]
fn alone() {}

fn main() {}
