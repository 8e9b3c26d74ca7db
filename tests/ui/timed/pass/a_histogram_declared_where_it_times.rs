#![deny(warnings)]

use obs::timed;

#[timed(name = "a_seconds")]
fn default_buckets() {}

#[timed(name = "b_seconds", buckets = [0.1, 1, 10], unit = "seconds", in_flight)]
fn listed() {}

#[timed(name = "c_seconds", buckets = exponential(0.001, 2.0, 12), express: bool = express)]
fn exponential(express: bool) {}

#[timed(name = "d_seconds", buckets = linear(0.1, 0.1, 10), labels(unit = "x"))]
fn linear() {}

#[timed(name = "e_seconds", buckets = http)]
#[timed(name = "f_seconds", buckets = db)]
#[timed(name = "g_seconds", buckets = fast)]
#[timed(name = "h_seconds", buckets = batch, task = dynamic(task, max = 10))]
async fn named(task: &str) {}

obs::metrics! {
    /// Also in declarations.
    static TIMES: Histogram = "i_seconds" buckets = fast;
    /// Sizes.
    static SIZES: Histogram = "i_bytes" buckets = exponential(64, 4, 8);
}

#[timed(metric = TIMES)]
fn declared() {
    SIZES.observe(100.0);
}

fn main() {
    default_buckets();
    listed();
    exponential(true);
    linear();
    drop(named("task"));
    declared();
}
