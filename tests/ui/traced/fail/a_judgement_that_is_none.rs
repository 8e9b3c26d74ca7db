use obs::{counted, observed, timed, traced};

#[traced(ok_if = true)]
fn a_constant() {}

#[observed(ok_if = Option::is_some, error_if = Option::is_none)]
fn both() -> Option<u8> {
    None
}

#[counted(error_if = Option::is_none)]
#[timed(error_if = Option::is_some)]
fn siblings_that_differ() -> Option<u8> {
    None
}

#[traced(error_type = 404)]
fn a_number() {}

#[counted(ok_if)]
fn alone() {}

#[traced(ok_if = |answer: &String| answer.is_empty())]
fn of_another_type() -> u8 {
    1
}

#[timed(error_if = str::len)]
fn no_question() -> &'static str {
    "text"
}

fn main() {}
