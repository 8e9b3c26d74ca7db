use obs::{counted, traced};

#[traced(nmae = "order", level = 3)]
#[counted(metric = "orders_total")]
const fn all_at_once() {}

fn main() {
    all_at_once();
}
