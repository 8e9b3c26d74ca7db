#[observed]
async fn place(&mut self, order: Order) -> &Receipt {
    self.receipts.push(order).await
}
