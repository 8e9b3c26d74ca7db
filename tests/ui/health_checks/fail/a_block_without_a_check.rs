use obs::health_checks;

struct Pool;

#[health_checks]
impl Pool {
    fn ping(&self) {}
}

/// Nothing at all.
#[health_checks]
#[allow(dead_code)]
impl Clone for Pool {
    fn clone(&self) -> Self {
        Pool
    }
}

fn main() {
    Pool.clone().ping();
}
