use obs::observed;

#[observed(metric = ORDERS)]
fn metric() {}

#[observed(interval = "10s", in_flight)]
fn two() {}

fn main() {
    metric();
    two();
}
