#[traced(fields(id))]
fn load<'a>(&'a self, id: u64) -> Pin<Box<dyn Future<Output = Result<Order, Missing>> + Send + 'a>> {
    let future = self.pool.load(id);
    Box::pin(future)
}
