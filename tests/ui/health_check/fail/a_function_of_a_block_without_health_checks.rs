use obs::health_check;

struct Pool;

impl Pool {
    #[health_check]
    fn ping() -> bool {
        true
    }
}

fn main() {
    Pool::ping();
}
