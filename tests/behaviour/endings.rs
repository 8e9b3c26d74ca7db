//! The end of a call is judged and told in every shape, and what the user says about it never changes what is returned.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use expect_test::expect;
use futures_core::Stream;
use obs::testing::capture;

use crate::block_on;

#[obs::traced(err, ret, error_type = "refused")]
fn future(ok: bool) -> impl Future<Output = Result<u8, String>> {
    async move { if ok { Ok(1) } else { Err("no".to_owned()) } }
}

#[obs::traced(error_if = Option::is_none, parent = None::<obs::SpanContext>)]
fn boxed(value: Option<u8>) -> Pin<Box<dyn Future<Output = Option<u8>> + Send>> {
    Box::pin(async move { value })
}

struct Items(Vec<Result<u8, String>>);

impl Stream for Items {
    type Item = Result<u8, String>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.pop())
    }
}

#[obs::traced(err(level = "warn"), slow = "1ms")]
fn stream() -> impl Stream<Item = Result<u8, String>> {
    std::thread::sleep(std::time::Duration::from_millis(2)); // before the first poll: not its time
    Items(vec![Err("last".to_owned()), Ok(1)])
}

struct Shop;

#[async_trait::async_trait]
trait Orders {
    async fn place(&self, id: u64) -> Result<u64, String>;
}

#[async_trait::async_trait]
impl Orders for Shop {
    #[obs::traced(err, ok_if = |r| r.is_ok())]
    async fn place(&self, id: u64) -> Result<u64, String> {
        if id == 0 { Err("none".to_owned()) } else { Ok(id) }
    }
}

#[obs::traced(ret, error_if = |line| *line == 0)]
#[track_caller]
fn line() -> u32 {
    std::panic::Location::caller().line()
}

fn poll_to_end<S: Stream>(stream: S) -> usize {
    let mut stream = Box::pin(stream);
    let mut items = 0;
    while let Poll::Ready(Some(_)) = stream.as_mut().poll_next(&mut Context::from_waker(Waker::noop())) {
        items += 1;
    }
    items
}

#[test]
fn every_shape_is_judged_and_told() {
    capture(|t| {
        assert_eq!(block_on(future(true)), Ok(1));
        assert!(block_on(future(false)).is_err());
        assert_eq!(block_on(boxed(None)), None);
        assert_eq!(block_on(boxed(Some(1))), Some(1));
        assert_eq!(poll_to_end(stream()), 2);
        assert!(block_on(Shop.place(0)).is_err());
        expect![[r#"
            future ok
            * return return=1 level=INFO
            future error "no" error.type=refused
            * error error=no level=ERROR
            boxed error error.type=_OTHER
            boxed ok
            stream error "last" error.type=alloc::string::String
            * error error=last level=WARN
            place error "none" error.type=alloc::string::String
            * error error=none level=ERROR
        "#]]
        .assert_eq(&t.tree());
        assert_eq!(line(), line!());
        let of_line = t.spans().into_iter().find(|s| s.name == "line").unwrap();
        assert_eq!(of_line.events.len(), 1);
    });
}

struct Bomb;

impl std::fmt::Debug for Bomb {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        panic!("shown");
    }
}

impl obs::ErrorType for Bomb {
    fn error_type(&self) -> &'static str {
        panic!("named");
    }
}

fn boom<T>(_: &T) -> bool {
    panic!("asked");
}

fn name(_: &Bomb) -> &'static str {
    panic!("named");
}

fn nobody() -> Option<obs::SpanContext> {
    panic!("no parent");
}

#[obs::traced(err(Debug), ret)]
fn shows(ok: bool) -> Result<Bomb, Bomb> {
    if ok { Ok(Bomb) } else { Err(Bomb) }
}

#[obs::traced(error_if = boom, error_type = name, parent = nobody(), link = nobody())]
fn asks() -> Result<u8, Bomb> {
    Err(Bomb)
}

#[obs::observed(ok_if = boom)]
async fn asks_later() -> Option<u8> {
    Some(1)
}

#[test]
fn a_user_who_panics_about_the_end_of_a_call_has_said_nothing() {
    capture(|t| {
        assert!(shows(true).is_ok());
        assert!(shows(false).is_err());
        assert!(asks().is_err());
        assert_eq!(block_on(asks_later()), Some(1));
        let bomb = std::any::type_name::<Bomb>();
        expect![[r#"
            shows ok
            * return return={panicked} level=INFO
            shows error "{panicked}" error.type=BOMB
            * error error={panicked} level=ERROR
            asks error error.type=BOMB
            asks_later ok
        "#]]
        .assert_eq(&t.tree().replace(bomb, "BOMB"));
    });
}

#[test]
fn what_is_polled_is_judged_inside_its_span() {
    fn is_error(value: &u8) -> bool {
        tracing::info!("judged");
        *value == 0
    }
    #[obs::traced(error_if = is_error)]
    async fn awaited() -> u8 {
        0
    }
    #[obs::traced(error_if = is_error)]
    fn deferred() -> impl Future<Output = u8> {
        std::future::ready(1)
    }
    capture(|t| {
        assert_eq!((block_on(awaited()), block_on(deferred())), (0, 1));
        expect![[r#"
            awaited error error.type=_OTHER
            * judged level=INFO
            deferred ok
            * judged level=INFO
        "#]]
        .assert_eq(&t.tree());
    });
}

#[test]
fn a_synchronous_call_is_judged_inside_its_span() {
    #[obs::traced(ok_if = |n| { tracing::info!("judged"); *n > 0 })]
    fn positive(n: u8) -> u8 {
        n
    }

    capture(|t| {
        assert_eq!(positive(1), 1);
        assert_eq!(t.tree(), "positive ok\n* judged level=INFO\n");
        assert_eq!(t.logs()[0].span.as_deref(), Some("positive"));
    });
}
