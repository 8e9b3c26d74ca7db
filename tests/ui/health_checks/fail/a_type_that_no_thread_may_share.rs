use std::cell::Cell;

use obs::{State, health_check, health_checks};

struct Pool {
    open: Cell<bool>,
}

#[health_checks]
impl Pool {
    #[health_check]
    fn ping(&self) -> bool {
        self.open.get()
    }

    #[health_check]
    async fn again(&self) -> bool {
        !self.open.get()
    }
}

struct Other;

#[health_checks]
impl Other {
    #[health_check]
    async fn ask(&self, number: u8, pool: State<Pool>) -> bool {
        pool.open.get() && number > 1
    }
}

fn main() {
    Pool { open: Cell::new(true) }.ping();
}
