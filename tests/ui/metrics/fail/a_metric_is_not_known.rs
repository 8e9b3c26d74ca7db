obs::metrics! {
    /// Orders.
    static ORDERS: Counter = "orders_total" { region: Region };
    /// Time.
    static ORDER_TIME: Histogram = "order_time_seconds" { region: Region };
}

#[derive(obs::Label, Clone, Copy)]
enum Region {
    Eu,
}

#[obs::counted(metric = ORDRES, region = region)]
fn misspelt(region: Region) {}

#[obs::counted(metric = ORDERS)]
fn missing(region: Region) {}

#[obs::counted(metric = ORDERS, regoin = region)]
fn unknown(region: Region) {}

#[obs::counted(metric = ORDERS, region = "eu")]
fn ill_typed() {}

#[obs::timed(metric = ORDERS, region = region)]
fn of_another_kind(region: Region) {}

fn main() {}
