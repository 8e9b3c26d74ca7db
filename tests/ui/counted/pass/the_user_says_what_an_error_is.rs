#![deny(warnings)]

use obs::{counted, observed, timed, traced};

struct Answer(u8);

impl Answer {
    fn is_good(&self) -> bool {
        self.0 == 0
    }
}

#[counted(ok_if = Answer::is_good)]
fn own_type() -> Answer {
    Answer(1)
}

#[timed(error_if = Option::is_none, error_type = "not_found")]
async fn option() -> Option<u8> {
    None
}

fn name(error: &String) -> &'static str {
    if error.is_empty() { "empty" } else { "other" }
}

#[observed(error_type = self::name, error_if = |r| matches!(r, Err(text) if text != "fine"), err, ret)]
fn result(text: &str) -> Result<u8, String> {
    Err(text.to_owned())
}

#[traced(ok_if = |_| true)]
#[counted(ok_if = |_| true)]
fn siblings() -> u8 {
    1
}

fn main() {
    assert!(!own_type().is_good());
    drop(option());
    assert!(result("fine").is_err());
    assert_eq!(siblings(), 1);
}
