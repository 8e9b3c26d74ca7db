//! Which values are errors, and what their type is called: by the value itself, or as the user says.

use std::cell::Cell;
use std::sync::Arc;

use expect_test::expect;
use obs::Outcome;
use obs::testing::capture;

use crate::block_on;

#[derive(Debug, obs::ErrorType)]
enum OrderError {
    OutOfStock {
        _item: u64,
    },
    #[error_type(rename = "payment")]
    Payment(#[allow(dead_code)] String),
    Closed,
}

#[derive(Debug, obs::ErrorType)]
struct Refused<T>(T);

#[derive(Debug)]
struct Plain;

obs::metrics! {
    /// Calls, by how they ended.
    static CALLS: Counter = "errors_calls_total" { outcome: obs::Outcome };
}

#[obs::observed]
fn place(item: u64) -> Result<u64, OrderError> {
    match item {
        0 => Err(OrderError::OutOfStock { _item: item }),
        1 => Err(OrderError::Payment("card 4711".to_owned())),
        2 => Err(OrderError::Closed),
        _ => Ok(item),
    }
}

#[obs::traced]
fn boxed(item: u64) -> Result<u64, Box<OrderError>> {
    place(item).map_err(Box::new)
}

#[obs::traced]
async fn shared(item: u64) -> Result<u64, Arc<OrderError>> {
    place(item).map_err(Arc::new)
}

#[obs::traced]
fn generic<T>(value: T) -> Result<(), Refused<T>> {
    Err(Refused(value))
}

#[obs::traced]
fn of_any_type<E>(error: E) -> Result<(), E> {
    Err(error)
}

#[test]
fn an_error_that_names_its_type_is_called_so_and_shows_no_data() {
    capture(|t| {
        for item in 0..4 {
            let _told = place(item);
        }
        assert!(boxed(0).is_err());
        assert!(block_on(shared(1)).is_err());
        assert!(generic(7).is_err());
        assert!(of_any_type(Plain).is_err());
        expect![[r#"
            place error error.type=OutOfStock
            place error error.type=payment
            place error error.type=Closed
            place ok
            boxed error error.type=OutOfStock
            `- place error error.type=OutOfStock
            shared error error.type=payment
            `- place error error.type=payment
            generic error error.type=Refused
            of_any_type error error.type=behaviour::errors::Plain
        "#]]
        .assert_eq(&t.tree());
        assert_eq!(t.calls("place", Outcome::Error), 5);
    });
}

#[obs::observed(error_if = Option::is_none)]
fn find(id: u64) -> Option<u64> {
    (id > 0).then_some(id)
}

enum Answer {
    Yes,
    No,
}

impl Answer {
    fn is_good(&self) -> bool {
        matches!(self, Answer::Yes)
    }
}

#[obs::traced(ok_if = Answer::is_good, error_type = "refusal")]
async fn ask(yes: bool) -> Answer {
    if yes { Answer::Yes } else { Answer::No }
}

#[obs::traced(err, ok_if = |r| r.is_ok() || *r == Err("not found"))]
fn load(id: u64) -> Result<u64, &'static str> {
    match id {
        0 => Err("not found"),
        1 => Err("broken"),
        _ => Ok(id),
    }
}

fn kind(error: &std::io::Error) -> &'static str {
    if error.kind() == std::io::ErrorKind::NotFound { "not_found" } else { "io" }
}

#[obs::traced(error_type = kind)]
fn read(name: &str) -> std::io::Result<Vec<u8>> {
    std::fs::read(name)
}

#[obs::traced(error_type = |e: &OrderError| match e { OrderError::Closed => "closed", _ => "open" })]
fn closed() -> Result<(), OrderError> {
    Err(OrderError::Closed)
}

#[test]
fn the_user_says_which_values_are_errors_and_what_they_are_called() {
    capture(|t| {
        assert_eq!(find(0), None);
        assert_eq!(find(1), Some(1));
        assert!(block_on(ask(true)).is_good());
        assert!(!block_on(ask(false)).is_good());
        for id in 0..3 {
            let _loaded = load(id);
        }
        assert!(read("/nowhere/at/all").is_err());
        assert!(closed().is_err());
        expect![[r#"
            find error error.type=_OTHER
            find ok
            ask ok
            ask error error.type=refusal
            load ok
            load error "broken" error.type=&str
            * error error=broken level=ERROR
            load ok
            read error error.type=not_found
            closed error error.type=closed
        "#]]
        .assert_eq(&t.tree());
        assert_eq!(t.calls("find", Outcome::Error), 1);
        assert_eq!(t.calls("find", Outcome::Ok), 1);
    });
}

thread_local! {
    static ASKED: Cell<u32> = const { Cell::new(0) };
}

fn count_and_refuse(_value: &u8) -> bool {
    ASKED.set(ASKED.get() + 1);
    true
}

#[obs::counted(metric = CALLS, error_if = count_and_refuse)]
#[obs::timed]
#[obs::traced(error_if = count_and_refuse)]
fn fused() -> u8 {
    1
}

#[obs::traced(error_if = count_and_refuse)]
fn only_traced() -> u8 {
    1
}

#[test]
fn siblings_that_say_the_same_ask_once_and_all_signals_agree() {
    capture(|t| {
        assert_eq!(fused(), 1);
        assert_eq!(ASKED.get(), 1);
        assert_eq!(t.counter_with(&CALLS, CALLS {}, Outcome::Error), 1);
        assert_eq!(t.durations("fused", Outcome::Error).count, 1);
        assert_eq!(t.tree(), "fused error error.type=_OTHER\n");
    });
}

#[test]
fn nobody_is_asked_about_a_call_that_nobody_sees() {
    let none = tracing::subscriber::NoSubscriber::new();
    assert_eq!(tracing::subscriber::with_default(none, only_traced), 1);
    assert_eq!(ASKED.get(), 0);
}

#[obs::traced(level = "debug", err, ok_if = |r| *r != Err("broken"))]
fn forgiven(broken: bool) -> Result<(), &'static str> {
    Err(if broken { "broken" } else { "not found" })
}

#[test]
fn an_error_that_is_none_is_not_told_where_only_the_event_is_wanted() {
    let told = |broken| {
        let (reader, writer) = std::io::pipe().unwrap();
        let subscriber =
            tracing_subscriber::fmt().with_max_level(tracing::Level::INFO).with_writer(Arc::new(writer));
        tracing::subscriber::with_default(subscriber.finish(), || assert!(forgiven(broken).is_err()));
        std::io::read_to_string(reader).unwrap()
    };
    assert_eq!(told(false), "");
    assert!(told(true).contains("broken"));
}
