use obs::{counted, timed, traced};

#[counted(name = "orders", count = al)]
fn both() {}

#[timed(name = "order_time", buckets = [2, 1], max_series = 0, region = region)]
fn all_of_them(region: bool) {
    drop(region);
}

#[traced(level = "loud", root, parent = tracing::Id::from_u64(1))]
#[counted(metric = 3, region = 1)]
fn only_what_is_certain() {}

#[counted(slow = "1s", in_flight)]
#[timed(in_flight = 1)]
mod block {
    pub fn once() {}
    pub fn not_twice() {}
}

fn main() {
    both();
    all_of_them(true);
    only_what_is_certain();
    block::once();
    block::not_twice();
}
