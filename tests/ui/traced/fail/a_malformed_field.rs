use obs::traced;

struct Order {
    id: u64,
}

#[traced(fields(%order.id(), id = , total = order.id +, 7, %count = 1))]
fn syntax(order: &Order) -> u64 {
    order.id
}

#[traced(fields(id = order.load().await, other = order.try_id()?, third = return))]
async fn leaves(order: &Order) -> u64 {
    order.id
}

#[traced(fields("a name"))]
fn quoted() {}

#[traced(fields("a,b" = 1, "two\nlines" = 2, "" = 3))]
fn not_one_name() {}

fn main() {
    not_one_name();
    syntax(&Order { id: 1 });
    drop(leaves(&Order { id: 1 }));
    quoted();
}
