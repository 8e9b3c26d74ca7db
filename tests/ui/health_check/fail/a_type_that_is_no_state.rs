use obs::health_check;

struct Pool;

#[health_check]
fn argument(pool: Pool, name: &str) {
    let _ = (pool, name);
}

fn main() {
    argument(Pool, "");
}
