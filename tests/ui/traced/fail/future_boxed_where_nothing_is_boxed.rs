use std::future::Future;
use std::pin::Pin;

use obs::traced;

#[derive(obs::Envelope)]
struct Event {
    #[envelope(context)]
    context: obs::Propagated,
}

#[traced(future = boxed)]
async fn asynchronous() {}

#[traced(future = boxed)]
fn nothing() {}

#[traced(future = named)]
fn another_word() -> Pin<Box<dyn Future<Output = ()>>> {
    Box::pin(async {})
}

#[traced(producer, envelope = event)]
fn message(event: &mut Event) -> impl Future<Output = ()> {
    let _context = &event.context;
    async {}
}

#[traced(future = boxed)]
fn no_future() -> u8 {
    1
}

fn main() {
    drop((asynchronous(), nothing(), another_word(), no_future()));
    let mut event = Event { context: obs::Propagated::default() };
    drop(message(&mut event));
}
