use std::pin::Pin;
use std::sync::Arc;

use obs::{health_check, health_checks};

struct Pool;

#[health_checks]
impl Pool {
    #[health_check]
    fn by_value(self) {}

    #[health_check]
    fn by_mutable_value(mut self) {
        self = Pool;
        drop(self);
    }

    #[health_check]
    fn mutable(&mut self) {}

    #[health_check]
    fn counted(self: Arc<Self>) {}

    #[health_check]
    fn pinned(self: Pin<&Self>) {}

    #[health_check]
    fn for_ever(&'static self) {}

    #[health_check]
    fn shared(&self) {}
}

fn main() {
    Pool.by_value();
    Pool.by_mutable_value();
    Pool.mutable();
    Arc::new(Pool).counted();
    Pin::new(&Pool).pinned();
    Pool.for_ever();
    Pool.shared();
}
