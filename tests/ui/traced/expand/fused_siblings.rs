#[traced]
#[counted(metric = shop::ORDERS, region = order.region)]
#[timed(metric = ORDER_TIME, region = order.region)]
#[counted]
async fn place_order(order: &Order) -> Result<Receipt, OrderError> {
    order.place().await
}
