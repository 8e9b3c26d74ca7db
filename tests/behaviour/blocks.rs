//! An attribute on a block goes on every function inside, under the name of its type.

use obs::Outcome;
use obs::testing::{Telemetry, capture};

fn names(t: &Telemetry) -> Vec<String> {
    t.spans().iter().map(|span| span.name.clone().into_owned()).collect()
}

struct Orders<T>(T);

#[obs::observed]
impl<T: Copy + Send + Sync + PartialEq<u8>> Orders<T> {
    async fn place(&self, times: u8) -> Result<T, String> {
        if times == 0 { Ok(self.price()) } else { Box::pin(self.place(times - 1)).await }
    }

    fn price(&self) -> T {
        self.check();
        self.0
    }

    #[obs::skip]
    fn check(&self) {
        self.rules();
    }

    #[obs::traced(fields(order.price = 3), level = "debug")]
    fn rules(&self) {}

    #[obs::counted]
    #[obs::timed]
    fn cancel(self) -> Result<(), u8> {
        if self.0 == 0 { Ok(()) } else { Err(1) }
    }
}

trait Ship {
    fn ship(&self) -> bool;

    /// Not in a block: the attribute stands on the `impl`.
    fn track(&self) -> bool {
        self.ship()
    }
}

#[obs::traced(client)]
impl<T> Ship for &Orders<T> {
    fn ship(&self) -> bool {
        true
    }
}

#[test]
fn every_function_of_an_impl_block_has_its_span_under_the_name_of_the_type() {
    capture(|t| {
        let orders = Orders(7u8);
        assert_eq!(crate::block_on(orders.place(1)), Ok(7));
        assert!((&orders).track());
        assert_eq!(
            t.tree(),
            "Orders::place ok\n`- Orders::place ok\n   `- Orders::price ok\n      `- Orders::rules ok order.price=3\n\
             Orders::ship (client) ok\n"
        );
        for (function, calls) in
            [("Orders::place", 2), ("Orders::price", 1), ("Orders::rules", 0), ("Orders::check", 0)]
        {
            assert_eq!(t.calls(function, Outcome::Ok), calls, "{function}");
        }
    });
}

#[test]
fn attributes_of_its_own_take_the_place_of_the_blocks() {
    capture(|t| {
        assert!(Orders(0u8).cancel().is_ok() && Orders(1u8).cancel().is_err());
        assert_eq!(names(t), [""; 0], "no span, for the function asks for none");
        assert_eq!(t.calls("Orders::cancel", Outcome::Ok), 1);
        assert_eq!(t.calls("Orders::cancel", Outcome::Error), 1);
    });
}

#[obs::traced(level = "debug")]
#[obs::counted]
mod shop {
    pub(super) fn open(word: &str) -> usize {
        Shelf(word).put(|| inner::deepest(1))
    }

    pub(super) struct Shelf<'a>(&'a str);

    impl Shelf<'_> {
        fn put(&self, f: impl Fn() -> usize) -> usize {
            self.0.len() + f()
        }
    }

    #[obs::observed]
    impl Shelf<'static> {
        pub(super) fn own() -> Self {
            Shelf("own")
        }
    }

    mod inner {
        pub(super) fn deepest(by: usize) -> usize {
            super::left_out::constant() + by
        }
    }

    #[obs::skip]
    mod left_out {
        pub(super) fn constant() -> usize {
            1
        }
    }

    pub(super) trait Untouched {
        fn untouched(&self) -> u8 {
            macro_made()
        }
    }

    impl Untouched for u8 {}

    macro_rules! make {
        ($name:ident) => {
            fn $name() -> u8 {
                1
            }
        };
    }
    make!(macro_made);
}

#[test]
fn a_module_takes_its_modules_and_impl_blocks_along() {
    use shop::Untouched as _;

    capture(|t| {
        assert_eq!(shop::open("ada"), 5);
        assert_eq!(0u8.untouched(), 1);
        shop::Shelf::own();
        assert_eq!(t.tree(), "open ok\n`- Shelf::put ok\n   `- deepest ok\nShelf::own ok\n");
        assert_eq!(t.calls("open", Outcome::Ok), 1);
        assert_eq!(t.calls("Shelf::put", Outcome::Ok), 1);
        assert_eq!(t.calls("Shelf::own", Outcome::Ok), 1);
    });
}

#[test]
fn a_cancelled_or_panicking_method_of_a_block_tells_so() {
    struct Worker;

    #[obs::observed]
    impl Worker {
        async fn wait(&self) {
            std::future::pending::<()>().await;
        }

        fn fail(&self) -> u8 {
            panic!("as told")
        }
    }

    capture(|t| {
        let ready = crate::block_on(async {
            let mut future = Box::pin(Worker.wait());
            std::future::poll_fn(|cx| std::task::Poll::Ready(future.as_mut().poll(cx).is_ready())).await
        });
        assert!(!ready, "polled once, then dropped");
        assert!(std::panic::catch_unwind(|| Worker.fail()).is_err());
        assert_eq!(t.tree(), "Worker::wait cancelled\nWorker::fail panicked error.type=panic\n");
        assert_eq!(t.calls("Worker::wait", Outcome::Cancelled), 1);
        assert_eq!(t.calls("Worker::fail", Outcome::Panicked), 1);
    });
}

#[async_trait::async_trait]
trait Stock {
    async fn take(&self, count: u8) -> Result<u8, String>;

    fn left(&self) -> u8;
}

struct Shelf(u8);
struct Cellar(u8);

#[obs::observed]
#[async_trait::async_trait]
impl Stock for Shelf {
    async fn take(&self, count: u8) -> Result<u8, String> {
        tokio::task::yield_now().await;
        self.left().checked_sub(count).ok_or_else(|| "too few".to_owned())
    }

    fn left(&self) -> u8 {
        self.0
    }
}

#[async_trait::async_trait]
#[obs::observed]
impl Stock for Cellar {
    async fn take(&self, count: u8) -> Result<u8, String> {
        tokio::task::yield_now().await;
        self.left().checked_sub(count).ok_or_else(|| "too few".to_owned())
    }

    fn left(&self) -> u8 {
        self.0
    }
}

#[test]
fn a_block_under_async_trait_is_observed_in_both_orders() {
    capture(|t| {
        assert_eq!(crate::block_on(Shelf(3).take(1)), Ok(2));
        assert!(crate::block_on(Cellar(3).take(4)).is_err());
        drop(Cellar(3).take(4));
        assert_eq!(
            t.tree(),
            "Shelf::take ok\n`- Shelf::left ok\nCellar::take error error.type=alloc::string::String\n`- Cellar::left ok\n"
        );
        assert_eq!(t.calls("Shelf::take", Outcome::Ok), 1);
        assert_eq!(t.calls("Cellar::take", Outcome::Error), 1);
        assert_eq!(t.calls("Cellar::take", Outcome::Cancelled), 0);
    });
}
