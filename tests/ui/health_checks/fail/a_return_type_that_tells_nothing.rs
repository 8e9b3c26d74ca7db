use obs::{health_check, health_checks};

struct Pool;

#[health_checks]
impl Pool {
    #[health_check]
    fn size(&self) -> u8 {
        1
    }

    #[health_check]
    async fn longest(&self) -> Option<u8> {
        None
    }
}

fn main() {
    Pool.size();
    drop(Pool.longest());
}
