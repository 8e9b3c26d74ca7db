#[traced(producer, envelope = event, destination = "orders.placed")]
async fn publish(bus: &Bus, event: &mut OrderPlaced) -> Result<(), BusError> {
    bus.send(event).await
}
