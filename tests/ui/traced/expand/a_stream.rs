#[traced]
fn orders(&self) -> impl Stream<Item = Order> + use<'_> {
    self.orders.subscribe()
}
