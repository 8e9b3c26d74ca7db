#[test]
#[tokio::test(flavor = "multi_thread")]
async fn it_holds(t: &obs::testing::Telemetry) {
    work(t).await;
}
