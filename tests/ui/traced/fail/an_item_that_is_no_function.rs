use obs::traced;

#[traced]
pub struct Order;

impl Order {
    fn id(&self) -> u8 {
        1
    }
}

#[traced]
trait Track {}

#[traced]
unsafe extern "C" {}

#[traced]
const LIMIT: u8 = 1;

trait Place {
    #[traced]
    fn place(&self);
}

impl Place for Order {
    fn place(&self) {}
}

fn main() {
    Order.place();
    assert_eq!(Order.id(), LIMIT);
}
