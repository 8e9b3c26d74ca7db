#[derive(obs::Label, Clone, Copy)]
struct Customer;

#[derive(obs::Label, Clone, Copy)]
enum Region {
    Eu,
    Other(u8),
    More { id: u8 },
}

#[derive(obs::Label, Clone, Copy)]
enum Never {}

#[derive(obs::Label, Clone, Copy)]
enum Both<T> {
    One,
    Two(T),
}

obs::metrics! {
    /// Orders.
    static ORDERS: Counter = "orders_total" { customer: Customer, region: Region };
}

fn main() {
    ORDERS.with(ORDERS { customer: Customer, region: Region::Eu }).inc();
}
