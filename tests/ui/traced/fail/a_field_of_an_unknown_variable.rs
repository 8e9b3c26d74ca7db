use obs::traced;

struct Order {
    id: u64,
}

#[traced(fields(oder.id))]
fn near(order: Order) -> u64 {
    order.id
}

fn main() {
    near(Order { id: 1 });
}
