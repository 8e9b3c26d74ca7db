use obs::{health_check, health_checks};

struct Pool;

#[health_checks]
impl Pool {
    #[health_check]
    fn ping(&self) {}

    #[health_check(critical, name = "ping")]
    fn other(&self) {}

    #[health_check(name = "unix")]
    #[cfg(unix)]
    fn unix(&self) {}

    #[health_check(name = "unix")]
    #[cfg(not(unix))]
    fn not_unix(&self) {}

    #[health_check(name = "twice", liveness)]
    #[health_check(name = "twice")]
    fn twice(&self) {}
}

fn main() {
    Pool.ping();
    Pool.other();
    Pool.unix();
    Pool.twice();
}
