use obs::traced;

#[traced(skip = order)]
fn a_value(_order: u8) {}

#[traced(skip(order.id))]
fn a_field(_order: u8) {}

#[traced(skip)]
fn alone(_order: u8) {}

#[traced(skip_all = true)]
fn a_flag_with_a_value(_order: u8) {}

fn main() {}
