//! A message carries the context in its payload or in its headers.
#![deny(warnings)]

use std::collections::{BTreeMap, HashMap};

use obs::Envelope;

#[derive(obs::Envelope)]
struct Placed<T: Clone>
where
    T: Copy,
{
    #[envelope(context)]
    context: obs::Propagated,
    id: T,
}

#[derive(obs::Envelope)]
struct Message<'a, const N: usize> {
    body: &'a [u8; N],
    #[envelope(headers)]
    headers: BTreeMap<String, String>,
}

fn main() {
    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let incoming = HashMap::from([("traceparent".to_owned(), PARENT.to_owned())]);
    let context = obs::extract(&incoming);
    let mut placed = Placed { context: obs::Propagated::default(), id: 7 };
    placed.stamp(&context);
    let mut message = Message { body: b"x", headers: BTreeMap::new() };
    message.stamp(&Envelope::context(&placed));
    assert_eq!(message.headers["traceparent"], PARENT);
    assert_eq!(Envelope::context(&message), context);
    assert_eq!((placed.id, message.body), (7, b"x"));
}
