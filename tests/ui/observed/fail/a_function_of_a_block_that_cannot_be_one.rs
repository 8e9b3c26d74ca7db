use obs::{observed, traced};

struct Orders;

#[observed]
impl Orders {
    const fn limit() -> u8 {
        1
    }

    #[traced(nmae = "order")]
    fn place(&self) {}

    #[cfg_attr(all(), traced)]
    fn cancel(&self) {}

    #[cfg_attr(any(), obs::skip)]
    fn ship(&self) {}

    #[traced]
    const fn two() -> u8 {
        2
    }
}

#[observed]
mod outer {
    #[obs::traced(name = "all")]
    impl super::Orders {
        pub fn pay(&self) {}
    }
}

fn main() {
    const { Orders::limit() + Orders::two() };
    Orders.place();
    Orders.cancel();
    Orders.ship();
    Orders.pay();
}
