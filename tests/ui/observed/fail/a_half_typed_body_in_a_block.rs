use obs::observed;

struct Order {
    id: u64,
}

#[observed]
impl Order {
    fn half(&self) -> u64 {
        self.
    }

    fn whole(&self) -> u64 {
        self.id
    }
}

fn main() {
    let order = Order { id: 1 };
    assert_eq!(order.half(), order.whole());
}
