use obs::counted;

#[counted(metric = "orders_total")]
fn string() {}

#[counted(metric)]
fn bare() {}

#[counted(metric = A, metric = B)]
fn twice() {}

fn main() {
    string();
    bare();
    twice();
}
