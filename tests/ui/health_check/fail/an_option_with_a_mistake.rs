use obs::health_check;

#[health_check(name = "Order DB", failures = 0)]
fn name() {}

#[health_check(name = NAME, critcal)]
fn constant() {}

#[health_check(liveness, readiness)]
fn two_kinds() {}

#[health_check(successes = "2")]
fn text() {}

#[health_check]
#[allow(non_snake_case)]
fn Database() {}

const NAME: &str = "database";

fn main() {
    name();
    constant();
    two_kinds();
    text();
    Database();
    assert_eq!(NAME, "database");
}
