use std::fmt::Debug;

use obs::{health_check, health_checks};

struct Pool;

#[health_checks]
impl Pool {
    #[health_check(intervall = "10s", timeout = "0s")]
    fn options(&self) {}

    #[health_check]
    fn generic<T: Default>(&self) -> T {
        T::default()
    }

    #[health_check]
    fn opaque(&self, _state: impl Debug) {}

    #[health_check]
    unsafe fn dangerous(&self) {}

    #[health_check]
    const fn constant(&self) {}

    #[health_check]
    const LIMIT: u8 = 1;

    #[cfg_attr(unix, obs::health_check)]
    fn hidden(&self) {}

    #[health_check]
    fn well(&self) {}
}

fn main() {
    Pool.options();
    Pool.generic::<u8>();
    Pool.opaque(1);
    unsafe { Pool.dangerous() };
    Pool.constant();
    Pool.hidden();
    Pool.well();
    assert_eq!(Pool::LIMIT, 1);
}
