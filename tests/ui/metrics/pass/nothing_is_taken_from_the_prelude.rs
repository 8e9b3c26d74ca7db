//! Everything is named by its root, and the crate may be called anything.
#![no_implicit_prelude]
#![allow(non_camel_case_types, dead_code)]

mod core {}
mod std {}
struct str;
struct usize;
struct bool;

mod renamed {
    pub use ::obs::__private;
}

::obs::metrics! {
    crate = crate::renamed;

    /// Orders.
    static ORDERS: Counter = "orders_total" { region: Region, outcome: ::obs::Outcome };
    /// Orders that failed.
    static FAILED: Counter = "orders_failed_total" { error_type: ::obs::ErrorTypeOf<OrderError> };
    /// Orders that are gone.
    #[cfg(any())]
    static GONE: Counter = "gone_total" { region: Nowhere };
    /// What was built.
    static BUILD: Info = "build_info" { version = "1", region: Region };

    group "shop_" {
        /// Carts, by customer.
        static CARTS: Gauge = "carts" { customer: dynamic(max = 5), shard: Shard };
    }
}

#[derive(::obs::Label, ::core::clone::Clone, ::core::marker::Copy)]
#[label(crate = crate::renamed, min = 2, max = 3)]
struct Shard(::core::primitive::u8);

#[derive(::obs::Label, ::core::clone::Clone, ::core::marker::Copy)]
#[label(crate = crate::renamed)]
enum Region {
    Eu,
    Us,
}

#[derive(::obs::ErrorType)]
#[error_type(crate = crate::renamed)]
enum OrderError {
    Closed,
}

#[derive(::obs::Envelope)]
#[envelope(crate = crate::renamed)]
struct Message {
    #[envelope(context)]
    context: ::obs::Propagated,
}

fn main() {
    ORDERS.with(ORDERS { region: Region::Eu }).outcome(::obs::Outcome::Ok).inc();
    BUILD.set(BUILD { region: Region::Us });
    CARTS.with(CARTS { customer: CARTS::customer("acme"), shard: Shard(3) }).observe(|| 1.0);
    FAILED.with(FAILED {}).error_type(&OrderError::Closed).inc();
}
