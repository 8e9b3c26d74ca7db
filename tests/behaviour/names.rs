//! Spans are named after functions, metrics after types and methods.

use obs::Outcome;
use obs::testing::capture;

struct Orders<T>(T);

impl<T: Copy + Send + Sync> Orders<T> {
    #[obs::observed]
    fn place(&self) -> T {
        self.0
    }

    #[obs::observed]
    async fn load(&self) -> T {
        self.0
    }

    #[obs::observed]
    fn new(value: T) -> Self {
        Orders(value)
    }
}

trait Ship {
    fn ship(&self) -> bool;

    #[obs::observed]
    fn track(&self) -> bool {
        self.ship()
    }
}

impl<T> Ship for Orders<T> {
    #[obs::observed(name = "ship order")]
    fn ship(&self) -> bool {
        true
    }
}

#[test]
fn the_label_names_the_type_and_the_span_the_method() {
    capture(|t| {
        let orders = Orders::new(1u8);
        orders.place();
        crate::block_on(orders.load());
        assert!(orders.track());
        for function in ["Orders::new", "Orders::place", "Orders::load", "Orders::ship", "Ship::track"] {
            assert_eq!(t.calls(function, Outcome::Ok), 1, "{function}");
        }
        let names: Vec<_> = t.spans().iter().map(|s| s.name.clone().into_owned()).collect();
        assert_eq!(names, ["new", "place", "load", "ship order", "track"]);
    });
}

#[test]
fn nothing_is_recorded_that_was_not_named() {
    #[obs::observed(fields(user.name = %name))]
    fn log_in(name: &str, password: &str) -> bool {
        !name.is_empty() && !password.is_empty()
    }
    capture(|t| {
        log_in("ada", "hunter2");
        assert_eq!(t.tree(), "log_in ok user.name=ada\n");
    });
}
