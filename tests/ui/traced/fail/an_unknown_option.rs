use obs::traced;

#[traced(nmae = "order")]
fn a_slip() {}

#[traced(record(order), name = "order")]
fn a_list(_order: u8) {}

#[traced(parnet = order)]
fn another_slip() {}

fn main() {}
