use obs::health_check;

#[health_check(interval = "10 sec")]
fn unit() {}

#[health_check(interval = 10)]
fn number() {}

#[health_check(timeout = "0s", interval = "0.1ms")]
fn too_short() {}

#[health_check(interval = "2h", timeout = "25h")]
fn too_long() {}

fn main() {
    unit();
    number();
    too_short();
    too_long();
}
