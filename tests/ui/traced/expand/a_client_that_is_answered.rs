#[traced(client, envelope = request, reply)]
fn ask(request: &mut Request) -> Option<Answer> {
    request.send()
}
