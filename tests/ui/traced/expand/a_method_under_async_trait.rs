#[traced]
fn load<'life0, 'async_trait>(&'life0 self) -> ::core::pin::Pin<Box<dyn ::core::future::Future<Output = u8> + Send + 'async_trait>>
where
    'life0: 'async_trait,
{
    Box::pin(async move { 1 })
}
