use obs::counted;

#[derive(obs::Label, Clone, Copy)]
pub enum Region {
    Eu,
}

obs::metrics! {
    /// Orders accepted by the shop.
    pub static ORDERS: Counter = "orders_total" { region: Region };
}

#[counted(metric = ORDERS, region = "eu")]
fn text() {}

#[counted(metric = ORDERS, region = Region::Us)]
fn no_such_value() {}

fn main() {
    text();
    no_such_value();
    let _ = Region::Eu;
}
