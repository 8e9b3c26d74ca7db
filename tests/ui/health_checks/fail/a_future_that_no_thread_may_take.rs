use std::rc::Rc;

use obs::{health_check, health_checks};

struct Pool;

#[health_checks]
impl Pool {
    #[health_check]
    async fn answers(&self) -> bool {
        let held = Rc::new(true);
        std::future::ready(()).await;
        *held
    }
}

#[health_check]
async fn alone() -> bool {
    let held = Rc::new(true);
    std::future::ready(()).await;
    *held
}

fn main() {
    drop(Pool.answers());
    drop(alone());
}
