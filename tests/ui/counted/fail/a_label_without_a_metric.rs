use obs::counted;

#[counted(region = 1)]
fn label() {}

#[counted(metirc = ORDERS)]
fn slip() {}

#[counted(region)]
fn bare() {}

#[counted(name = "orders_total")]
fn name_of_another_macro() {}

fn main() {
    label();
    slip();
    bare();
    name_of_another_macro();
}
