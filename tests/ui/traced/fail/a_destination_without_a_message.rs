use obs::traced;

#[traced(destination = "orders.placed")]
fn no_kind() {}

#[traced(server, envelope = request, destination = "orders.placed")]
fn other_kind(request: &mut Vec<u8>) {
    request.clear();
}

#[traced(system = "nats")]
fn only_a_bus() {}

fn main() {
    only_a_bus();
    no_kind();
    other_kind(&mut Vec::new());
}
