use obs::{counted, observed, timed, traced};

obs::metrics! {
    /// Orders.
    static ORDERS: Counter = "orders_total";
}

struct Orders;

#[observed(name = "order", fields(id))]
impl Orders {
    fn place(&self, _id: u64) {}
}

#[traced(consumer, envelope = event, destination = "orders")]
mod consumers {
    fn on_order() {}
}

#[counted(metric = ORDERS)]
#[timed(region = "eu", in_flite = 1)]
impl Orders {
    fn cancel(&self) {}
}

#[traced(server, client)]
impl Orders {
    fn one(&self) {}
    fn two(&self) {}
}

fn main() {
    Orders.place(1);
    Orders.cancel();
    Orders.one();
    Orders.two();
}
