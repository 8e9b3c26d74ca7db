#[traced(consumer, batch = orders, destination = "orders")]
fn handle(orders: Vec<Order>) {
    drop(orders);
}
