#[traced(name = "order placed", level = "debug", target = "shop", kind = server, root, fields(order.id, item = %order.item, ?region))]
async fn place_order<'a, T: Item>(order: &'a Order<T>, region: Region) -> Result<impl Receipt + 'a, OrderError> {
    #![allow(clippy::unused_async)]
    order.place().await?
}
