use obs::health_checks;

#[health_checks]
struct Pool;

#[health_checks]
pub(crate) async fn ping() {}

#[health_checks]
mod probes {}

#[health_checks]
trait Probe {
    fn probe(&self);
}

#[health_checks]
enum Kind {
    One,
}

fn main() {
    drop((Pool, ping(), Kind::One));
}
