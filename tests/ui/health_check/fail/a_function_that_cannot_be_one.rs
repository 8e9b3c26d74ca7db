use std::fmt::Debug;

use obs::health_check;

struct Pool;

impl Pool {
    #[health_check]
    fn ping(&self) -> bool {
        true
    }
}

#[health_check]
fn generic<T: Default>() -> bool {
    let _ = T::default();
    true
}

#[health_check]
fn opaque(_state: impl Debug) {}

#[health_check]
unsafe fn dangerous() {}

#[health_check]
const fn constant() {}

#[health_check]
struct Check;

fn main() {
    Pool.ping();
    generic::<u8>();
    opaque(1);
    unsafe { dangerous() };
    constant();
    let _ = Check;
}
