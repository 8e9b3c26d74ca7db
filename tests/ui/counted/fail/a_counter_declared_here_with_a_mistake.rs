use obs::counted;

obs::metrics! {
    /// Orders.
    static ORDERS: Counter = "orders_total" { paid: bool };
}

const NAME: &str = "orders_total";

#[counted(name = "orders")]
fn name() {}

#[counted(name = NAME)]
fn constant() {}

#[counted(name = "a_total", metric = ORDERS)]
fn both() {}

#[counted(name = "b_total", region = order)]
fn no_type(order: u8) {}

#[counted(name = "c_total", le = "x", Region = "eu", outcome = "ok")]
fn label_names() {}

#[counted(name = "d_total", customer = dynamic(id, limit = 3), tenant = dynamic(id, max = 0), user = dynamic())]
fn dynamic(id: &str) {}

#[counted(name: bool = true)]
fn option() {}

#[counted(name = "e_total", count = failed)]
fn which() {}

#[counted(count = error, max_series = 3)]
fn shared() {}

#[counted(metric = ORDERS, paid: bool = true)]
fn type_twice() {}

#[counted(name = "f_total", counts = ok)]
fn slip() {}

#[counted(name = "g_total")]
#[counted(name = "g_total")]
fn twice() {}

#[counted(name = "h_total", empty = "", labels(name = "a", name = "b"))]
fn empty_and_twice() {}

fn main() {
    name();
    constant();
    both();
    no_type(1);
    label_names();
    dynamic("");
    option();
    which();
    shared();
    type_twice();
    slip();
    twice();
    empty_and_twice();
}
