use obs::{Propagated, traced};

#[derive(obs::Envelope)]
struct Event {
    #[envelope(context)]
    context: Propagated,
}

#[traced(consumer, envelope = event, reply)]
fn a_number(event: Event) -> u64 {
    drop(event);
    7
}

#[traced(consumer, envelope = event, reply)]
async fn a_result_of_a_number(event: Event) -> Result<u64, String> {
    drop(event);
    Ok(7)
}

#[traced(client, envelope = event, reply)]
fn a_list(event: &mut Event) -> Vec<Event> {
    let _ = event;
    Vec::new()
}

fn main() {}
