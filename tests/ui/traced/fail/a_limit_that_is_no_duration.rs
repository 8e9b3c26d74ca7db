use obs::traced;

#[traced(slow = "fast")]
fn a_word() {}

#[traced(slow = 500)]
fn a_number() {}

#[traced(slow)]
fn alone() {}

fn main() {}
