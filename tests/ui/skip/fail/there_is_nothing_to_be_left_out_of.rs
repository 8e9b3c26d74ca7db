use obs::{skip, traced};

#[obs::skip]
fn lone() {}

#[traced]
#[skip]
fn annotated() {}

#[traced]
mod orders {
    #[obs::skip(level = "debug")]
    pub fn place() {}

    #[obs::skip]
    pub struct Order;
}

fn main() {
    lone();
    annotated();
    orders::place();
    let _ = orders::Order;
}
