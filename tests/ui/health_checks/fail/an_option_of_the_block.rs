use obs::{health_check, health_checks};

struct Pool;

#[health_checks(critical, interval = "10s")]
impl Pool {
    #[health_check]
    fn ping(&self) {}
}

fn main() {
    Pool.ping();
}
