//! Nothing is taken from the prelude, and every name that generated code could mean is another one here.
#![no_implicit_prelude]
#![allow(non_camel_case_types, dead_code, missing_docs)]

use ::telemetry::{Envelope, Label, counted, health_check, health_checks, metrics, observed, timed, traced};

mod core {}
mod std {}
mod obs {}
mod linkme {}
mod tracing {}
struct Option;
struct Result;
struct Some;
struct None;
struct Ok;
struct Err;
struct Box;
struct String;
struct str;
struct bool;
struct usize;
struct u8;
struct f64;
trait Fn {}
trait FnOnce {}
trait Future {}
trait Drop {}
trait Into {}
trait Send {}
trait Sync {}
trait Sized {}
#[allow(unused_macros)] // for nobody may mean them
macro_rules! module_path {
    ($($any:tt)*) => {
        0
    };
}
#[allow(unused_macros)]
macro_rules! stringify {
    ($($any:tt)*) => {
        0
    };
}
#[allow(unused_macros)]
macro_rules! matches {
    ($($any:tt)*) => {
        0
    };
}

metrics! {
    crate = ::telemetry;

    /// Orders, by region.
    static ORDERS: Counter = "shadowed_orders_total" { region: Region, outcome: ::telemetry::Outcome };
    /// Orders that failed.
    static FAILURES: Counter = "shadowed_failures_total" { error_type: ::telemetry::ErrorTypeOf<Failure> };
    /// Time of an order.
    static ORDER_TIME: Histogram = "shadowed_order_duration_seconds" { region: Region };
}

#[derive(Label, ::core::clone::Clone, ::core::marker::Copy)]
#[label(crate = ::telemetry)]
enum Region {
    Eu,
    Us,
}

#[derive(Envelope)]
#[envelope(crate = ::telemetry)]
struct Message {
    #[envelope(context)]
    context: ::telemetry::Propagated,
}

#[derive(Envelope)]
#[envelope(crate = ::telemetry)]
enum Event<M> {
    Message(Message),
    Other {
        #[envelope(inner)]
        inner: M,
        #[envelope(attempt)]
        attempt: ::core::option::Option<::core::primitive::u64>,
        #[envelope(message_id)]
        id: ::core::primitive::u64,
        #[envelope(body)]
        body: [::core::primitive::u8; 1],
    },
}

#[traced(crate = ::telemetry, fields(number, shown = %number, seen = ?number))]
fn synchronous(number: ::core::primitive::u8) -> ::core::primitive::u8 {
    number
}

#[observed(crate = ::telemetry, root)]
async fn asynchronous() -> ::core::result::Result<(), ()> {
    ::core::future::ready(::core::result::Result::Ok(())).await
}

#[counted(crate = ::telemetry, metric = ORDERS, region = region)]
#[timed(metric = ORDER_TIME, region = region)]
#[timed(in_flight)]
fn place(region: Region) {}

#[traced(crate = ::telemetry, producer, envelope = message)]
fn send(message: &mut Message) {}

#[traced(crate = ::telemetry, consumer, envelope = message)]
fn handle(message: &Message) {}

#[traced(crate = ::telemetry, server, envelope = event, trust = restart, reply)]
async fn answer(event: Event<Message>) -> ::core::option::Option<Event<Message>> {
    ::core::future::ready(::core::option::Option::Some(event)).await
}

#[observed(crate = ::telemetry, client, envelope = event, reply, slow = "1s")]
fn ask(mut event: Event<Message>) -> ::core::result::Result<Event<Message>, ()> {
    ::core::result::Result::Ok(event)
}

#[traced(crate = ::telemetry, consumer, batch = messages)]
fn handle_all(messages: &[Message]) {}

#[derive(::telemetry::ErrorType, ::core::fmt::Debug)]
#[error_type(crate = ::telemetry)]
enum Failure {
    Missing,
}

#[counted(crate = ::telemetry, metric = FAILURES)]
#[counted(crate = ::telemetry, name = "shadowed_told_total", error_type: ::telemetry::ErrorTypeOf<Failure>)]
#[traced(crate = ::telemetry, err(Debug), ret, slow = "1s", error_if = ::core::result::Result::is_err)]
fn told() -> ::core::result::Result<(), Failure> {
    ::core::result::Result::Err(Failure::Missing)
}

#[observed(crate = ::telemetry, err(Debug), ret, slow = "1s", parent = parent)]
async fn told_later(
    parent: ::core::option::Option<::telemetry::SpanContext>,
) -> ::core::result::Result<(), Failure> {
    ::core::future::ready(::core::result::Result::Ok(())).await
}

#[observed(crate = ::telemetry, slow = "2s")]
impl Message {
    fn in_a_block(&self) -> &Self {
        self
    }
}

#[health_check(crate = ::telemetry)]
fn check() -> ::core::primitive::bool {
    true
}

#[health_check(crate = ::telemetry, liveness)]
async fn async_check() -> ::core::primitive::bool {
    ::core::future::ready(()).await;
    true
}

struct Shelf(::core::primitive::bool);

#[health_checks(crate = ::telemetry)]
impl Shelf {
    #[health_check(name = "shadowed.method", tags(well), group = "all", initial_delay = "1s")]
    fn method(&self, state: ::telemetry::State<()>) -> ::core::primitive::bool {
        ::core::matches!((self.0, *state), (true, ()))
    }

    #[health_check(name = "shadowed.later")]
    async fn later(&self) -> ::core::result::Result<(), ::core::fmt::Error> {
        let told = if self.0 {
            ::core::result::Result::Ok(())
        } else {
            ::core::result::Result::Err(::core::fmt::Error)
        };
        ::core::future::ready(told).await
    }

    #[health_check(name = "shadowed.bare")]
    fn bare() {}
}

fn inside() {
    let _ = synchronous(1);
    ::core::mem::drop(asynchronous());
    ::core::mem::drop((told(), told_later(::core::option::Option::None)));
    place(Region::Us);
    let mut message = Message { context: <::telemetry::Propagated as ::core::default::Default>::default() };
    send(&mut message);
    handle(message.in_a_block());
    handle_all(&[]);
    ::core::mem::drop(answer(Event::Message(message)));
    let _ = ask;
}
