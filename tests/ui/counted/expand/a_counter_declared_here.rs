/// Places an order.
#[counted(name = "orders_total", region: Region = order.region, channel = "web", customer = dynamic(order.customer, max = 50), count = error)]
fn place_order(order: &Order) {}
