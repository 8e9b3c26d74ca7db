use obs::traced;

#[traced]
pub const fn answer() -> u8 {
    42
}

const ANSWER: u8 = answer();

fn main() {
    assert_eq!(ANSWER, 42);
}
