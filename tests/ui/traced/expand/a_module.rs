#[traced]
mod orders {
    #![allow(dead_code)]
    use super::Order;

    fn place() {}

    mod inner {
        impl Order {
            fn id(&self) {}
        }
    }

    macro_rules! untouched {
        () => {
            fn f() {}
        };
    }
}
