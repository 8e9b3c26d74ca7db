use obs::health_check;

#[health_check(interval = "5s", timeout = "5s")]
fn both() {}

#[health_check(timeout = "10s")]
fn default_interval() {}

#[health_check(interval = "500ms")]
fn default_timeout() {}

fn main() {
    both();
    default_interval();
    default_timeout();
}
