use obs::counted;

#[counted(region = 1)]
fn label() {}

#[counted(metirc = ORDERS)]
fn slip() {}

#[counted(region)]
fn bare() {}

fn main() {
    label();
    slip();
    bare();
}
