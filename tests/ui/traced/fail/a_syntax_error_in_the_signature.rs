use obs::traced;

#[traced]
fn broken(number u8) {}

fn main() {}
