use obs::observed;

struct Order {
    id: u64,
}

#[observed]
impl Order {
    fn id(&self) -> u64 {
        self.idd
    }

    async fn text(&self) -> String {
        self.id
    }

    fn other(&self) -> u64 {
        self.id()
    }
}

fn main() {
    let order = Order { id: 1 };
    order.other();
    drop(order.text());
}
