#[traced(consumer, envelope = request, trust = link, reply)]
async fn answer(request: &Request) -> Result<Answer, Refused> {
    request.answer().await
}
