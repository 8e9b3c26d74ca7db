#![deny(warnings, clippy::pedantic)]

use obs::testing::Telemetry;

#[obs::test]
fn with_telemetry(t: &Telemetry) {
    assert!(t.spans().is_empty());
}

#[obs::test]
fn without() {}

#[obs::test]
#[ignore = "not now"]
async fn later(telemetry: &Telemetry) -> Result<(), std::fmt::Error> {
    std::future::ready(()).await;
    assert!(telemetry.logs().is_empty());
    Ok(())
}

#[obs::test]
#[should_panic(expected = "as it should")]
fn panics<'a>(_: &'a Telemetry) {
    panic!("as it should");
}

mod inside {
    pub mod telemetry {
        pub use obs::*;
    }

    #[obs::test(crate = self::telemetry)]
    async fn elsewhere() {
        std::future::ready(()).await;
    }
}

macro_rules! tests {
    ($($name:ident: $body:block)*) => { $(
        #[obs::test]
        fn $name(t: &Telemetry) $body
    )* };
}

tests! {
    made: { assert_eq!(1, 1); }
}

fn main() {}
