#[traced(consumer, envelope = event, destination = "orders.placed", crate = crate::telemetry)]
fn on_order_placed(event: OrderPlaced) {
    drop(event);
}
