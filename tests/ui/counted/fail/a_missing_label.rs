use obs::counted;

#[derive(obs::Label, Clone, Copy)]
pub enum Region {
    Eu,
}

obs::metrics! {
    /// Orders accepted by the shop.
    pub static ORDERS: Counter = "orders_total" { region: Region, paid: bool };
}

#[counted(metric = ORDERS, paid = true)]
fn missing() {}

#[counted(metric = ORDERS, regoin = Region::Eu, paid = true)]
fn typo() {}

fn main() {
    missing();
    typo();
}
