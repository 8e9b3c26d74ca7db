#[counted(metric = ORDERS, region = order.region, paid = order.total > 0)]
fn place_order(order: &Order) {}
