//! Tests that run at the same time see their own telemetry, and nobody else's.

use std::sync::{Arc, Barrier};

use obs::Outcome;
use obs::testing::{Telemetry, capture, capture_async};

obs::metrics! {
    /// Orders.
    static ORDERS: Counter = "isolation_orders_total" { express: bool };
    /// Sizes.
    static SIZES: Histogram = "isolation_bytes" buckets = [10.0];
    /// Stock.
    static STOCK: Gauge = "isolation_stock";
}

#[obs::observed]
fn place(n: u64) -> Result<(), String> {
    tracing::info!("order {n}");
    ORDERS.with(ORDERS { express: n.is_multiple_of(2) }).add(n);
    SIZES.observe(n as f64);
    STOCK.add(n as f64);
    if n == 0 { Err("nothing".into()) } else { Ok(()) }
}

/// Checks that there is what `rounds` calls of `place(n)` make, and nothing else.
#[track_caller]
fn only(t: &Telemetry, n: u64, rounds: u64) {
    let express = n.is_multiple_of(2);
    assert_eq!(t.counter(&ORDERS, ORDERS { express }), n * rounds);
    assert_eq!(t.counter(&ORDERS, ORDERS { express: !express }), 0);
    let sizes = t.histogram(&SIZES, SIZES {});
    assert_eq!((sizes.count, sizes.sum), (rounds, (n * rounds) as f64));
    assert_eq!(t.gauge(&STOCK, STOCK {}), Some((n * rounds) as f64));
    assert_eq!(t.calls("place", Outcome::Ok), rounds);
    assert_eq!(t.in_flight("place"), 0);
    assert_eq!(t.spans().len() as u64, rounds);
    assert_eq!(t.logs().len() as u64, rounds);
    assert!(t.logs().iter().all(|log| log.body == format!("order {n}")));
}

/// Sixteen tests that are all begun before one of them goes on, and all inside before one of them ends.
fn sixteen(test: impl Fn(u64, &Barrier) + Send + Sync + 'static) {
    let (test, together) = (Arc::new(test), Arc::new(Barrier::new(16)));
    let tests: Vec<_> = (1..=16)
        .map(|n| {
            let (test, together) = (Arc::clone(&test), Arc::clone(&together));
            std::thread::spawn(move || test(n, &together))
        })
        .collect();
    tests.into_iter().for_each(|test| test.join().unwrap());
}

#[test]
fn sixteen_tests_in_parallel_see_their_own() {
    sixteen(|n, together| {
        capture(|t| {
            together.wait();
            (0..n).for_each(|_| place(n).unwrap());
            together.wait();
            only(t, n, n);
            together.wait();
        });
    });
}

#[test]
fn so_do_sixteen_that_share_a_runtime_and_its_threads() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap();
    let handle = runtime.handle().clone();
    sixteen(move |n, together| {
        handle.block_on(capture_async(async |t: &Telemetry| {
            together.wait();
            let tasks = (0..n).map(|_| {
                obs::spawn(async move {
                    tokio::task::yield_now().await;
                    obs::spawn_blocking(move || place(n)).await.unwrap().unwrap();
                    tokio::task::yield_now().await;
                })
            });
            for task in tasks.collect::<Vec<_>>() {
                task.await.unwrap();
            }
            together.wait();
            only(t, n, n);
            together.wait();
        }));
    });
}

/// Sixteen tests of the harness, which runs as many at once as it likes.
macro_rules! tests {
    ($($name:ident: $n:literal)*) => { $(
        #[obs::test]
        async fn $name(t: &Telemetry) {
            let task = obs::spawn(async { place($n).unwrap() });
            place($n).unwrap();
            task.await.unwrap();
            only(t, $n, 2);
        }
    )* };
}

tests! {
    test_1: 1 test_2: 2 test_3: 3 test_4: 4 test_5: 5 test_6: 6 test_7: 7 test_8: 8
    test_9: 9 test_10: 10 test_11: 11 test_12: 12 test_13: 13 test_14: 14 test_15: 15 test_16: 16
}

#[obs::test]
fn a_test_may_be_plain(t: &Telemetry) {
    place(21).unwrap();
    only(t, 21, 1);
}

#[obs::test]
fn a_test_may_look_at_nothing() {
    assert!(obs::current().is_none());
}

#[obs::test]
fn a_test_may_return_a_result(t: &Telemetry) -> Result<(), String> {
    place(22)?;
    only(t, 22, 1);
    Ok(())
}

#[obs::test]
#[should_panic(expected = "as it should")]
async fn a_test_may_panic(t: &Telemetry) {
    place(23).unwrap();
    tokio::time::sleep(std::time::Duration::from_nanos(1)).await; // there are timers
    assert!(t.tree().is_empty(), "as it should");
}

#[obs::test]
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_test_may_have_a_runtime_of_its_own(t: &Telemetry) {
    assert_eq!(tokio::runtime::Handle::current().metrics().num_workers(), 3);
    obs::spawn(async { place(24).unwrap() }).await.unwrap();
    only(t, 24, 1);
}

#[obs::test]
#[tokio::test]
async fn a_test_of_a_runtime_may_look_at_nothing() -> Result<(), String> {
    place(25)
}

#[test]
fn captures_nest_also_where_futures_are_polled_in_turn() {
    capture(|outer| {
        place(31).unwrap();
        let test = |n: u64| {
            capture_async(async move |inner: &Telemetry| {
                for _ in 0..3 {
                    place(n).unwrap();
                    tokio::task::yield_now().await;
                }
                only(inner, n, 3);
            })
        };
        crate::block_on(async { tokio::join!(test(32), test(33)) });
        only(outer, 31, 1);
    });
}

#[tokio::test]
#[obs::test]
async fn an_attribute_above_runs_it_too() {
    place(26).unwrap();
}

#[test]
fn what_a_test_does_as_it_is_given_up_is_inside() {
    struct Farewell;
    impl Drop for Farewell {
        fn drop(&mut self) {
            place(41).unwrap();
        }
    }
    capture(|outer| {
        let test = capture_async(async |_: &Telemetry| {
            let _farewell = Farewell;
            std::future::pending::<()>().await;
        });
        crate::block_on(async { tokio::time::timeout(std::time::Duration::ZERO, test).await.unwrap_err() });
        place(42).unwrap();
        only(outer, 42, 1);
    });
}

#[test]
fn what_is_spawned_after_an_inner_test_is_of_the_outer_one() {
    capture(|outer| {
        capture(|inner| {
            obs::spawn_thread(|| place(43).unwrap()).join().unwrap();
            only(inner, 43, 1);
        });
        obs::spawn_thread(|| place(44).unwrap()).join().unwrap();
        only(outer, 44, 1);
    });
}
