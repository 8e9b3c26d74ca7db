use obs::traced;

#[traced(nmae = "order")]
fn a_slip() {}

#[traced(record(order), name = "order")]
fn a_list(order: u8) {}

#[traced(err_level = "warn")]
fn another_slip() {}

fn main() {}
