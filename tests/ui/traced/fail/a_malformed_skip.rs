use obs::traced;

#[traced(skip = order)]
fn a_value(order: u8) {}

#[traced(skip(order.id))]
fn a_field(order: u8) {}

#[traced(skip)]
fn alone(order: u8) {}

#[traced(skip_all = true)]
fn a_flag_with_a_value(order: u8) {}

fn main() {}
