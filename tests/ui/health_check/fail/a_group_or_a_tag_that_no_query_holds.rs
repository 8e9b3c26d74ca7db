use obs::health_check;

#[health_check(group = "the storage", tags("eu west", ok, "ü", ""))]
fn characters() {}

#[health_check(group = GROUP)]
fn constant() {}

#[health_check(group = "")]
fn empty() {}

const GROUP: &str = "storage";

fn main() {
    characters();
    constant();
    empty();
    assert_eq!(GROUP, "storage");
}
