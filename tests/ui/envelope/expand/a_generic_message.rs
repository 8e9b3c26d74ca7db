struct Message<'a, T>
where
    T: Clone,
{
    body: &'a T,
    #[envelope(headers)]
    headers: http::HeaderMap,
}
