//! Structs, tuples, enums and messages in messages carry a context, and tell what they know of their delivery.
#![deny(warnings)]

use std::borrow::Cow;
use std::collections::HashMap;

use obs::{Carrier, Envelope, Propagated};

type Headers = HashMap<String, String>;

#[derive(obs::Envelope)]
struct Tuple(u8, #[envelope(context)] Propagated);

/// No bound but `H: Carrier`, and that by the derive.
#[derive(obs::Envelope)]
struct Generic<H, B> {
    #[envelope(headers)]
    headers: H,
    #[envelope(body)]
    body: B,
}

trait Bus {
    type Headers;
}

struct Memory;

impl Bus for Memory {
    type Headers = Headers;
}

#[derive(obs::Envelope)]
struct OfBus<'a, B: Bus>(#[envelope(headers)] B::Headers, #[envelope(message_id)] Cow<'a, str>);

#[derive(obs::Envelope)]
struct Delivery<M> {
    #[envelope(inner)]
    message: M,
    #[envelope(attempt)]
    attempt: Option<i64>,
    #[envelope(message_id)]
    sequence: u64,
}

#[derive(obs::Envelope)]
struct Borrowed<'a, M>(#[envelope(inner)] &'a mut M)
where
    M: ?Sized;

#[derive(obs::Envelope)]
enum Event<H> {
    Placed(Tuple),
    Paid {
        #[envelope(context)]
        context: Propagated,
        #[envelope(attempt)]
        attempt: u8,
        r#type: u8,
    },
    Sent(u8, #[envelope(headers)] H),
    Again(#[envelope(inner)] Box<dyn Envelope>, u64),
}

#[derive(obs::Envelope)]
enum Never {}

fn carried<E: Envelope>(mut message: E) -> bool {
    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let context = obs::extract(&Headers::from([("traceparent".to_owned(), PARENT.to_owned())]));
    let was_empty = message.context().is_empty();
    message.stamp(&context);
    was_empty && message.context() == context
}

fn tuple() -> Tuple {
    Tuple(1, Propagated::default())
}

fn main() {
    assert!(carried(tuple()));
    assert_eq!(tuple().0, 1);
    assert!(carried(Generic { headers: Headers::new(), body: "four" }));
    assert!(carried(OfBus::<Memory>(Headers::new(), "id".into())));
    assert!(carried(Borrowed(&mut tuple())));
    assert!(carried(Borrowed::<dyn Envelope>(&mut tuple())));

    let generic = Generic { headers: Headers::new(), body: vec![1, 2, 3] };
    let told = generic.delivery();
    assert_eq!((told.body_size, told.attempt, told.message_id), (Some(3), None, None));
    let delivery = Delivery { message: generic, attempt: Some(2), sequence: 7 };
    let told = delivery.delivery();
    assert_eq!((told.body_size, told.attempt, told.message_id.as_deref()), (Some(3), Some(2), Some("7")));
    let again = Delivery { message: delivery, attempt: None, sequence: 8 };
    let told = again.delivery();
    assert_eq!((told.attempt, told.message_id.as_deref()), (Some(2), Some("8")), "what is not known is the inner's");
    assert!(carried(again));

    let event = |event: Event<Headers>| event;
    assert!(carried(event(Event::Placed(tuple()))));
    let paid = event(Event::Paid { context: Propagated::default(), attempt: 3, r#type: 1 });
    assert_eq!(paid.delivery().attempt, Some(3));
    assert!(matches!(&paid, Event::Paid { r#type: 1, .. }) && carried(paid));
    let sent = event(Event::Sent(1, Headers::new()));
    assert_eq!(sent.delivery(), obs::Delivery::default());
    assert!(carried(sent));
    assert!(carried(event(Event::Again(Box::new(tuple()), 2))));
    let _: Option<Never> = None;
    let _: fn(&Headers) -> &dyn Carrier = |headers| headers;
}
