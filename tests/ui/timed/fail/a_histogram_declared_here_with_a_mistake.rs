use obs::timed;

#[timed(name = "order_ms")]
fn base_unit() {}

#[timed(name = "order_bytes")]
fn no_time() {}

#[timed(name = "a_seconds", unit = "ms")]
fn unit() {}

#[timed(name = "b_seconds", buckets = htpp)]
fn unknown_buckets() {}

#[timed(name = "c_seconds", buckets = linear(1, 2))]
fn rule() {}

#[timed(name = "d_seconds", buckets = [2, 1])]
fn order() {}

#[timed(buckets = http, unit = "seconds")]
fn shared() {}

#[timed(name = "e_seconds", count = ok)]
fn option_of_another() {}

fn main() {
    base_unit();
    no_time();
    unit();
    unknown_buckets();
    rule();
    order();
    shared();
    option_of_another();
}
