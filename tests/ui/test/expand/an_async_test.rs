#[test]
async fn it_holds() {
    work().await;
}
