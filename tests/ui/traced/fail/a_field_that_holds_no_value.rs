use obs::traced;

struct Order {
    id: u64,
}

#[traced(fields(order))]
fn no_value(order: Order) -> u64 {
    order.id
}

#[traced(fields(debugged = ?order, id = %order))]
fn no_text(order: &Order) -> u64 {
    order.id
}

fn main() {
    no_value(Order { id: 1 });
    no_text(&Order { id: 1 });
}
