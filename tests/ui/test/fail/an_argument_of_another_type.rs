// What it makes is still there outside of tests.
mod other {
    pub use obs::counted as test;
}

#[obs::test]
#[other::test]
fn text(_t: &str) {}

#[obs::test]
#[other::test]
async fn number(_t: &u64) {}

fn main() {}
