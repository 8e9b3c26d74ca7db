#![deny(warnings, clippy::pedantic)]

use obs::testing::Telemetry;

/// Makes a test otherwise, and what it makes is still there outside of tests.
mod other {
    pub use obs::counted as test;
}

#[obs::test]
#[other::test]
fn with_telemetry(t: &Telemetry) {
    assert!(t.spans().is_empty());
}

#[obs::test]
#[other::test]
fn without() -> Result<(), std::fmt::Error> {
    Ok(())
}

#[obs::test]
#[other::test]
async fn later(telemetry: &Telemetry) -> Result<u8, std::fmt::Error> {
    std::future::ready(()).await;
    assert!(telemetry.logs().is_empty());
    Ok(7)
}

mod inside {
    pub mod telemetry {
        pub use obs::*;
    }

    #[obs::test(crate = self::telemetry)]
    #[super::other::test]
    pub async fn elsewhere() {
        std::future::ready(()).await;
    }
}

macro_rules! tests {
    ($($name:ident: $body:block)*) => { $(
        #[obs::test]
        #[other::test]
        fn $name(_: &Telemetry) $body
    )* };
}

tests! {
    made: { let _not_named = (); }
}

#[obs::test]
#[ignore = "not now"]
fn ignored<'a>(_: &'a Telemetry) {}

#[obs::test]
#[should_panic(expected = "as it should")]
async fn panics() {
    panic!("as it should");
}

fn main() {
    with_telemetry();
    without().unwrap();
    made();
    drop((later(), inside::elsewhere()));
}
