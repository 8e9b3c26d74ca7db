#![deny(warnings)]

use obs::__private::{CATALOG, CheckKind, Entry};

obs::metrics! {
    /// Orders accepted by the shop.
    pub static ORDERS: Counter = "orders_total" { paid: bool };
}

macro_rules! function {
    ($vis:vis $name:ident($($arg:ident: $ty:ty),*) -> $ret:ty, $span:literal, $level:expr, $metric:path, $paid:expr, $body:block) => {
        #[obs::traced(name = $span, level = $level, fields($($arg = $arg),*))]
        #[obs::counted(metric = $metric, paid = $paid)]
        $vis fn $name($($arg: $ty),*) -> $ret $body
    };
}

macro_rules! check {
    ($name:ident, $interval:literal, $body:expr) => {
        #[obs::health_check(liveness, interval = $interval)]
        fn $name() -> bool {
            $body
        }
    };
}

function!(pub place(id: u64, price: f64) -> u64, "place order", "warn", crate::ORDERS, id > 0, {
    if price > 0.0 {
        return id;
    }
    0
});

check!(alive, "5s", place(1, 2.0) == 1);

/// Passes attributes through: their tokens are those of another place than the functions'.
macro_rules! api {
    ($($(#[$attr:meta])* $name:ident($($arg:ident: $ty:ty),*) -> $ret:ty $body:block)*) => {
        $($(#[$attr])* fn $name($($arg: $ty),*) -> $ret $body)*
    };
}

macro_rules! later {
    ($(#[$attr:meta])* $name:ident($($arg:ident: $ty:ty),*) -> $ret:ty $body:block) => {
        $(#[$attr])* async fn $name($($arg: $ty),*) -> $ret $body
    };
}

api! {
    #[obs::traced(err, ret, slow = "1s", level = "debug", target = "api", sample = 0.5)]
    tells() -> Result<u8, String> { Err("gone".into()) }

    #[obs::traced(err(Debug, level = "warn"), ret(Display, level = "info"), client)]
    tells_otherwise() -> Result<u8, String> { Ok(1) }

    #[obs::observed(ok_if = |value: &Result<u8, String>| value.is_ok(), error_type = |_| "gone")]
    is_judged() -> Result<u8, String> { Err("gone".into()) }

    #[obs::observed(error_if = Result::is_err, error_type = "gone", skip_all)]
    is_judged_otherwise() -> Result<u8, String> { Err("gone".into()) }

    #[obs::traced(producer, envelope = event, destination = "orders", fields(event.id, text = %event.id, seen = ?event.id))]
    publish(event: &mut Event) -> () {}

    #[obs::traced(consumer, envelope = event)]
    handle(event: &Event) -> () {}

    #[obs::traced(parent = cause, link = cause, follows_from = None::<tracing::Id>, skip(cause))]
    relatives(cause: Option<obs::SpanContext>) -> () {}

    #[obs::counted(name = "api_calls_total", who = dynamic(text, max = 3), kind: bool = text.is_empty(), of = "api")]
    #[obs::timed(name = "api_seconds", buckets = fast, error_type: obs::ErrorTypeOf<Gone>)]
    #[obs::counted(metric = crate::ORDERS, paid = text.is_empty(), count = ok)]
    labelled(text: &str) -> Result<usize, Gone> { Ok(text.len()) }

    #[obs::traced(err, ok_if = Result::is_ok)]
    #[track_caller]
    tracked() -> Result<u8, String> { Ok("1".parse::<u8>().map_err(|_| "1".to_owned())?) }

    #[obs::traced(slow = "1s", error_if = |list: &Vec<u8>| list.is_empty(), future = boxed)]
    boxed() -> Boxed { Box::pin(async { vec![1] }) }
}

later! {
    #[obs::observed(err, ret, slow = "1s", ok_if = Result::is_ok, error_type = |_| "gone", producer, envelope = event)]
    publish_later(event: &mut Event) -> Result<u64, String> { Ok(event.id) }
}

type Boxed = std::pin::Pin<Box<dyn Future<Output = Vec<u8>>>>;

#[derive(Debug, obs::ErrorType)]
struct Gone;

#[derive(Default, obs::Envelope)]
struct Event {
    #[envelope(context)]
    context: obs::Propagated,
    id: u64,
}

fn call_all() {
    assert!(tells().is_err() && tells_otherwise().is_ok() && tracked().is_ok());
    assert!(is_judged().is_err() && is_judged_otherwise().is_err());
    assert!(matches!(labelled("long"), Ok(4)));
    let mut event = Event::default();
    publish(&mut event);
    handle(&event);
    relatives(None);
    drop((boxed(), publish_later(&mut event), Gone));
}

fn main() {
    call_all();
    assert_eq!(place(1, 2.0), 1);
    assert!(alive());
    let is_place = |entry: &Entry| match entry {
        Entry::Function(callsite) => callsite.site().name == "place order",
        _ => false,
    };
    assert!(CATALOG.iter().any(is_place));
    let check = CATALOG.iter().find_map(|entry| match entry {
        Entry::Health(check) => Some(check),
        _ => None,
    });
    assert_eq!(check.unwrap().kind, CheckKind::Liveness);
    assert_eq!(check.unwrap().interval.as_secs(), 5);
}
