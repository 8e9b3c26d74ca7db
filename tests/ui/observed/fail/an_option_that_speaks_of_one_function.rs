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

#[traced(err, parent = None, error_if = Option::is_none)]
mod shop {
    pub fn open() {}
}

#[counted(metric = ORDERS)]
#[timed(region = "eu", in_flite = 1)]
impl Orders {
    fn cancel(&self) {}
}

#[traced(server, client)] // once, not once for each function
impl Orders {
    fn one(&self) {}
    fn two(&self) {}
}

fn main() {
    Orders.place(1);
    Orders.cancel();
    Orders.one();
    Orders.two();
    shop::open();
}
