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

fn main() {
    assert_eq!(place(1, 2.0), 1);
    assert!(alive());
    let site = CATALOG.iter().find_map(|entry| match entry {
        Entry::Function(callsite) => Some(callsite.site()),
        _ => None,
    });
    assert_eq!(site.unwrap().name, "place order");
    let check = CATALOG.iter().find_map(|entry| match entry {
        Entry::Health(check) => Some(check),
        _ => None,
    });
    assert_eq!(check.unwrap().kind, CheckKind::Liveness);
    assert_eq!(check.unwrap().interval.as_secs(), 5);
}
