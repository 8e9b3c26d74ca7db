use obs::traced;

#[traced(nmae = "order")]
fn near() {}

#[traced(skip(order), name = "order")]
fn far(_order: u8) {}

#[traced(skip_all)]
fn bare() {}

fn main() {
    near();
    far(1);
    bare();
}
