//! Functions that are compiled twice: with their attributes (feature `annotated`) and without.

#![allow(missing_docs)] // a test's subject
#![deny(warnings)]

use std::hint::black_box;

#[cfg(feature = "annotated")]
obs::metrics! {
    /// Orders.
    static ORDERS: Counter = "orders_total" { paid: bool, outcome: obs::Outcome };
    /// Times.
    static TIMES: Histogram = "order_duration_seconds";
}

pub struct Order {
    pub id: u64,
    pub paid: bool,
    pub customer: String,
}

#[cfg_attr(feature = "annotated", obs::traced(level = "debug", fields(order.id = order.id, customer = %order.customer)))]
#[cfg_attr(feature = "annotated", obs::counted(metric = ORDERS, paid = order.paid))]
#[cfg_attr(feature = "annotated", obs::timed(metric = TIMES))]
#[unsafe(no_mangle)]
#[inline(never)]
pub fn declared_metrics(order: Order) -> Result<u64, String> {
    if order.paid { Ok(black_box(order.id) * 3) } else { Err(order.customer) }
}

#[cfg_attr(feature = "annotated", obs::counted(
    name = "inline_total",
    paid: bool = order.paid,
    customer = dynamic(order.customer, max = 9),
    count = error,
))]
#[cfg_attr(feature = "annotated", obs::timed(name = "inline_seconds", buckets = fast, in_flight))]
#[unsafe(no_mangle)]
#[inline(never)]
pub fn inline_metrics(order: &Order) -> u64 {
    black_box(order.id).wrapping_mul(7)
}

#[cfg_attr(feature = "annotated", obs::observed)]
#[unsafe(no_mangle)]
#[inline(never)]
pub fn everything(numbers: &[u64]) -> u64 {
    let mut sum = 0;
    for number in numbers {
        if *number == 0 {
            return sum;
        }
        sum += black_box(*number);
    }
    sum
}

#[cfg_attr(feature = "annotated", obs::observed(
    ok_if = |answer| answer.as_ref().is_ok_and(|n| *n > 0),
    error_type = |_| "odd",
    err(Debug),
    slow = "1s",
))]
#[unsafe(no_mangle)]
#[inline(never)]
pub fn judged(n: u64) -> Result<u64, String> {
    if black_box(n) % 2 == 0 { Ok(n) } else { Err(String::new()) }
}

#[cfg_attr(feature = "annotated", obs::traced(consumer, batch = all, destination = "orders"))]
#[unsafe(no_mangle)]
#[inline(never)]
pub fn batched(all: &[obs::Framed<u64>]) -> usize {
    black_box(all.len())
}

#[cfg_attr(feature = "annotated", obs::traced(server, envelope = asked, trust = link, reply))]
#[unsafe(no_mangle)]
#[inline(never)]
pub fn answered(asked: &obs::Framed<u64>) -> Option<obs::Framed<u64>> {
    if black_box(asked.data) > 0 { Some(asked.clone()) } else { None }
}

#[cfg_attr(feature = "mistaken", obs::traced(ok_if = |n| *n > missing_limit))]
#[cfg_attr(feature = "mistaken", obs::counted(error_type = missing_name))]
pub async fn mistaken(n: u64) -> u64 {
    n
}

#[cfg_attr(feature = "annotated", obs::observed(fields(n)))]
pub async fn asynchronous(n: u64) -> u64 {
    std::future::ready(black_box(n)).await + 1
}

#[unsafe(no_mangle)]
#[inline(never)]
pub fn polls(n: u64) -> bool {
    let mut future = std::pin::pin!(asynchronous(n));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    black_box(future.as_mut().poll(&mut context)).is_ready()
}

#[cfg_attr(feature = "annotated", obs::traced(fields(?value)))]
#[inline(never)]
fn generic<T: std::fmt::Debug + Copy>(value: T) -> T {
    black_box(value)
}

#[unsafe(no_mangle)]
#[inline(never)]
pub fn instances() -> (u8, u64) {
    (generic(black_box(1)), generic(black_box(2)))
}
