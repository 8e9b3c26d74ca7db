/// It holds.
#[test]
#[should_panic(expected = "no")]
fn it_holds(t: &obs::testing::Telemetry) -> Result<(), std::fmt::Error> {
    work(t)
}
