// What it makes is still there outside of tests.
mod other {
    pub use obs::counted as test;
}

#[obs::test]
#[other::test]
fn text(t: &str) {}

#[obs::test]
#[other::test]
async fn number(t: &u64) {}

fn main() {}
