//! Functions of every shape: one span that covers the work, whoever does it and whenever.

use std::future::{self, Future};
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use expect_test::expect;
use obs::Outcome;
use obs::testing::capture;

use crate::block_on;

#[derive(Debug)]
struct Declined;

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
type BoxFuture<'a, T> = Boxed<'a, T>;

const WORK: Duration = Duration::from_millis(30);

async fn work(answer: Result<u8, Declined>) -> Result<u8, Declined> {
    tokio::time::sleep(WORK).await;
    tracing::info!("working");
    answer
}

#[obs::observed(fields(answer = ?answer))]
fn opaque(answer: Result<u8, Declined>) -> impl Future<Output = Result<u8, Declined>> + Send {
    async move {
        let answer = work(answer).await?;
        Ok(answer)
    }
}

#[obs::observed(fields(answer = ?answer))]
fn boxed(answer: Result<u8, Declined>) -> Pin<Box<dyn Future<Output = Result<u8, Declined>> + Send>> {
    Box::pin(work(answer))
}

#[obs::observed]
fn bound_first<'a>(
    answer: &'a Result<u8, Declined>,
) -> Pin<Box<dyn Future<Output = Result<u8, Declined>> + 'a>> {
    if answer.is_err() {
        return Box::pin(async { work(Err(Declined)).await });
    }
    let future = async { work(Ok(answer.as_ref().map_or(0, |n| *n))).await };
    Box::pin(future)
}

#[obs::observed]
fn alias_of_futures(answer: Result<u8, Declined>) -> BoxFuture<'static, Result<u8, Declined>> {
    Box::pin(work(answer))
}

#[obs::observed(future = boxed)]
fn own_alias(answer: Result<u8, Declined>) -> Boxed<'static, Result<u8, Declined>> {
    Box::pin(work(answer))
}

#[test]
fn a_returned_future_is_one_call_that_lasts_until_its_work_is_done() {
    type Call = fn(Result<u8, Declined>) -> Boxed<'static, Result<u8, Declined>>;
    let calls: [(&str, Call); 4] = [
        ("opaque", |answer| Box::pin(opaque(answer))),
        ("boxed", boxed),
        ("alias_of_futures", alias_of_futures),
        ("own_alias", own_alias),
    ];
    for (name, call) in calls {
        capture(|t| {
            assert_eq!(block_on(call(Ok(1))).unwrap(), 1);
            assert!(block_on(call(Err(Declined))).is_err());
            for outcome in [Outcome::Ok, Outcome::Error] {
                let took = t.durations(name, outcome);
                assert_eq!(took.count, 1, "{name} {outcome}");
                assert!(took.sum >= WORK.as_secs_f64(), "{name} took {} s", took.sum);
            }
            for span in t.spans().iter() {
                assert!(
                    u128::from(span.duration_nanos) >= WORK.as_nanos(),
                    "{name} was as short as its making"
                );
                assert_eq!(span.events.len(), 1, "{name} was not current while it worked");
            }
            assert_eq!(t.in_flight(name), 0);
        });
    }
}

#[test]
fn fields_are_those_of_the_call_and_the_parent_is_found_when_the_work_begins() {
    #[obs::traced]
    async fn outer(future: impl Future<Output = Result<u8, Declined>>) -> Result<u8, Declined> {
        future.await
    }
    capture(|t| {
        let made_outside = boxed(Ok(1));
        assert!(t.spans().is_empty());
        block_on(outer(made_outside)).unwrap();
        block_on(bound_first(&Err(Declined))).unwrap_err();
        block_on(bound_first(&Ok(7))).unwrap();
        expect![[r#"
            outer ok
            `- boxed ok answer=Ok(1)
               * working level=INFO
            bound_first error error.type=behaviour::shapes::Declined
            * working level=INFO
            bound_first ok
            * working level=INFO
        "#]]
        .assert_eq(&t.tree());
    });
}

#[test]
fn a_returned_future_that_is_never_polled_is_no_call_and_a_dropped_one_is_cancelled() {
    capture(|t| {
        drop(boxed(Ok(1)));
        assert!(t.spans().is_empty());
        block_on(async {
            let mut waits = boxed(Ok(1));
            assert!(future::poll_fn(|cx| Poll::Ready(waits.as_mut().poll(cx).is_pending())).await);
        });
        assert_eq!(t.calls("boxed", Outcome::Cancelled), 1);
        assert_eq!(t.in_flight("boxed"), 0);
        assert_eq!(t.tree(), "boxed cancelled answer=Ok(1)\n");
    });
}

#[obs::observed]
fn queued(queue: &mut Vec<u8>) -> impl Future<Output = u8> + use<> {
    queue.push(1);
    let length = queue.len();
    async move { u8::try_from(length).unwrap() }
}

#[test]
fn what_a_function_does_before_it_returns_its_future_is_done_at_once() {
    capture(|t| {
        let mut queue = Vec::new();
        let (first, second) = (queued(&mut queue), queued(&mut queue));
        assert_eq!(queue, [1, 1]);
        assert_eq!(block_on(second) + block_on(first), 3);
        assert_eq!(t.calls("queued", Outcome::Ok), 2);
    });
}

#[async_trait::async_trait]
trait Ship {
    async fn ship(&self, to: &str) -> Result<u8, Declined>;

    #[obs::observed]
    async fn track(&self) -> u8 {
        self.ship("").await.unwrap_or(9)
    }
}

struct Orders<T>(T);

#[async_trait::async_trait]
impl<T: Send + Sync> Ship for Orders<T> {
    #[obs::observed(fields(to, n = self.number()))]
    async fn ship(&self, to: &str) -> Result<u8, Declined> {
        if to.is_empty() {
            return Err(Declined);
        }
        let answer = work(Ok(1)).await?;
        Ok(answer)
    }
}

impl<T> Orders<T> {
    fn number(&self) -> u8 {
        5
    }
}

#[test]
fn a_method_under_async_trait_is_one_call_named_after_its_type() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    capture(|t| {
        let orders = Orders(0u8);
        assert_eq!(block_on(is_send(orders.ship("here"))).unwrap(), 1);
        assert_eq!(block_on(orders.track()), 9);
        assert_eq!(t.calls("Orders::ship", Outcome::Ok), 1);
        assert_eq!(t.calls("Orders::ship", Outcome::Error), 1);
        assert_eq!(t.calls("Ship::track", Outcome::Ok), 1);
        assert!(t.durations("Orders::ship", Outcome::Ok).sum >= WORK.as_secs_f64());
        expect![[r#"
            ship ok to=here n=5
            * working level=INFO
            track ok
            `- ship error to= n=5 error.type=behaviour::shapes::Declined
        "#]]
        .assert_eq(&t.tree());
    });
}

#[derive(obs::Envelope, Default)]
struct Message {
    #[envelope(context)]
    context: obs::Propagated,
}

#[async_trait::async_trait]
trait Bus {
    async fn publish(&self, message: &mut Message);
}

#[async_trait::async_trait]
impl Bus for Orders<u8> {
    #[obs::traced(producer, envelope = message, destination = "orders")]
    async fn publish(&self, message: &mut Message) {
        assert!(message.context.span_context().is_some());
    }
}

#[test]
fn a_method_under_async_trait_stamps_its_message() {
    capture(|t| {
        let mut message = Message::default();
        block_on(Orders(0).publish(&mut message));
        let sent = message.context.span_context().unwrap().span_id;
        assert_eq!(t.spans()[0].context.span_id, sent);
    });
}

#[obs::traced(fields(depth))]
fn recursive(depth: u8) -> Pin<Box<dyn Future<Output = u8> + Send>> {
    Box::pin(async move { if depth == 0 { 0 } else { recursive(depth - 1).await + 1 } })
}

#[obs::traced]
async fn boxed_recursion(depth: u8) -> u8 {
    if depth == 0 { 0 } else { Box::pin(boxed_recursion(depth - 1)).await + 1 }
}

#[test]
fn recursive_futures_are_nested_calls() {
    capture(|t| {
        assert_eq!(block_on(recursive(1)) + block_on(boxed_recursion(1)), 2);
        expect![[r#"
            recursive ok depth=1
            `- recursive ok depth=0
            boxed_recursion ok
            `- boxed_recursion ok
        "#]]
        .assert_eq(&t.tree());
    });
}

struct Tracked;

impl Tracked {
    #[track_caller]
    #[obs::observed(fields(early))]
    fn here(&self, early: bool) -> &'static Location<'static> {
        if early {
            return Location::caller();
        }
        Location::caller()
    }

    #[track_caller]
    #[obs::observed]
    fn checked<T: Copy>(
        self: Arc<Self>,
        (_, value): (u8, Option<T>),
    ) -> Result<&'static Location<'static>, Declined> {
        let _value = value.ok_or(Declined)?;
        Ok(Location::caller())
    }

    #[obs::observed]
    #[track_caller]
    fn made(word: &str) -> Option<(Self, u32)> {
        (!word.is_empty()).then_some((Self, Location::caller().line()))
    }
}

trait Locate {
    fn locate(&self) -> u32;
}

impl Locate for Tracked {
    #[track_caller]
    #[obs::observed]
    fn locate(&self) -> u32 {
        Location::caller().line()
    }
}

#[track_caller]
#[obs::observed]
fn sized<T>(fail: bool) -> Result<(usize, u32), Declined> {
    if fail {
        Err(Declined)?
    }
    Ok((size_of::<T>(), Location::caller().line()))
}

#[test]
fn a_track_caller_function_sees_its_caller_and_tells_its_outcome() {
    capture(|t| {
        assert_eq!((Tracked.here(true).line(), Tracked.here(false).line()), (line!(), line!()));
        assert_eq!(Arc::new(Tracked).checked((1, Some(1))).unwrap().line(), line!());
        assert!(Arc::new(Tracked).checked((1, None::<u8>)).is_err());
        assert_eq!(Tracked::made("x").unwrap().1, line!());
        assert!(Tracked::made("").is_none());
        assert_eq!(Tracked.locate(), line!());
        assert_eq!(sized::<u32>(false).unwrap(), (4, line!()));
        assert!(sized::<u32>(true).is_err());
        expect![[r#"
            here ok early=true
            here ok early=false
            checked ok
            checked error error.type=behaviour::shapes::Declined
            made ok
            made ok
            locate ok
            sized ok
            sized error error.type=behaviour::shapes::Declined
        "#]]
        .assert_eq(&t.tree());
        assert_eq!(t.calls("Tracked::checked", Outcome::Ok), 1);
        assert_eq!(t.calls("Tracked::locate", Outcome::Ok), 1);
    });
}

#[track_caller]
#[obs::observed]
fn unwraps(value: Option<u8>) -> u8 {
    value.unwrap()
}

#[test]
fn a_panic_in_a_track_caller_function_is_the_caller_s() {
    use std::sync::Mutex;
    static PLACE: Mutex<Option<u32>> = Mutex::new(None);
    let former = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if info.location().is_some_and(|l| l.file().ends_with("shapes.rs")) {
            *PLACE.lock().unwrap() = info.location().map(Location::line);
        }
        former(info);
    }));
    capture(|t| {
        let line = line!() + 1;
        assert!(std::panic::catch_unwind(|| unwraps(None)).is_err());
        assert_eq!(*PLACE.lock().unwrap(), Some(line));
        assert_eq!(t.calls("unwraps", Outcome::Panicked), 1);
    });
}

#[axum::debug_handler]
#[obs::observed(fields(id))]
async fn handler(axum::extract::Path(id): axum::extract::Path<u8>) -> Result<String, axum::http::StatusCode> {
    Ok(id.to_string())
}

#[obs::observed]
#[axum::debug_handler]
async fn inner_handler() -> &'static str {
    "well"
}

#[test]
fn handlers_are_handlers_in_both_orders() {
    let _router: axum::Router = axum::Router::new()
        .route("/{id}", axum::routing::get(handler))
        .route("/", axum::routing::get(inner_handler));
    capture(|t| {
        assert_eq!(block_on(handler(axum::extract::Path(7))).unwrap(), "7");
        assert_eq!(block_on(inner_handler()), "well");
        assert_eq!(t.tree(), "handler ok id=7\ninner_handler ok\n");
    });
}

#[tokio::main(flavor = "current_thread")]
#[obs::observed]
async fn main_inside() -> Result<(), Declined> {
    tokio::task::yield_now().await;
    Ok(())
}

#[obs::observed]
#[tokio::main(flavor = "current_thread")]
async fn main_outside() -> Result<(), Declined> {
    tokio::task::yield_now().await;
    Err(Declined)
}

#[test]
fn the_main_function_is_a_call_in_both_orders() {
    capture(|t| {
        assert!(main_inside().is_ok() && main_outside().is_err());
        let expected = "main_inside ok\nmain_outside error error.type=behaviour::shapes::Declined\n";
        assert_eq!(t.tree(), expected);
    });
}

#[test]
#[obs::observed]
fn a_test_inside() {}

#[obs::observed]
#[test]
fn a_test_outside() -> Result<(), Declined> {
    Ok(())
}

#[tokio::test]
#[obs::observed]
async fn an_async_test_inside() {
    tokio::task::yield_now().await;
}

#[obs::observed]
#[tokio::test]
async fn an_async_test_outside() {
    tokio::task::yield_now().await;
}

#[test]
fn a_future_grows_by_at_most_64_bytes_and_its_arguments() {
    async fn plain(n: u64) -> u64 {
        tokio::task::yield_now().await;
        n
    }
    #[obs::observed(fields(n))]
    async fn observed(n: u64) -> u64 {
        tokio::task::yield_now().await;
        n
    }
    async fn plain_pair(text: &str, list: Vec<u8>) -> Result<usize, Declined> {
        tokio::task::yield_now().await;
        Ok(text.len() + list.len())
    }
    #[obs::observed]
    async fn observed_pair(text: &str, list: Vec<u8>) -> Result<usize, Declined> {
        tokio::task::yield_now().await;
        Ok(text.len() + list.len())
    }
    fn plain_opaque(n: u64) -> impl Future<Output = u64> {
        plain(n)
    }
    #[obs::observed(fields(n))]
    fn observed_opaque(n: u64) -> impl Future<Output = u64> {
        plain(n)
    }
    let grows = |plain: usize, observed: usize| observed - plain;
    let sizes = [
        // An argument that is copied rather than moved stays beside its copy once it was a field.
        grows(size_of_val(&plain(1)), size_of_val(&observed(1))) - 16,
        grows(size_of_val(&plain_pair("", Vec::new())), size_of_val(&observed_pair("", Vec::new()))) - 40,
        grows(size_of_val(&plain_opaque(1)), size_of_val(&observed_opaque(1))),
    ];
    assert!(sizes.iter().all(|size| *size <= 64), "{sizes:?}");
}
