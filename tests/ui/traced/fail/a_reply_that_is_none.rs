use std::future::Future;
use std::pin::Pin;

use futures_core::Stream;
use obs::{Propagated, traced};

#[derive(obs::Envelope)]
struct Event {
    #[envelope(context)]
    context: Propagated,
}

#[traced(reply)]
fn to_nobody() -> Event {
    loop {}
}

#[traced(internal, reply)]
fn inside() -> Event {
    loop {}
}

#[traced(consumer, envelope = event, reply)]
fn nothing(event: Event) {
    drop(event);
}

#[traced(client, reply)]
async fn never() -> ! {
    loop {}
}

#[traced(server, reply)]
fn many() -> Pin<Box<dyn Stream<Item = Event>>> {
    loop {}
}

#[traced(server, reply = event)]
fn with_a_value() -> Event {
    loop {}
}

#[traced(client, envelope = event)]
fn moved_into_the_future(mut event: Event) -> impl Future<Output = ()> {
    async move {
        let _ = &mut event;
    }
}

fn main() {}
