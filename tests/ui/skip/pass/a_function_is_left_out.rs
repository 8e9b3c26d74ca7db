#![deny(warnings)]

use obs::skip;

#[obs::observed]
mod orders {
    use obs::skip;

    #[skip]
    pub fn left_out() {}

    #[obs::skip]
    #[cfg_attr(all(), obs::traced(name = "its own"))]
    pub fn other() {}

    #[obs::skip]
    pub const fn constant() -> u8 {
        1
    }

    pub fn placed() {}
}

#[obs::traced]
impl Order {
    #[skip]
    fn id(&self) -> u8 {
        orders::constant()
    }
}

struct Order;

fn main() {
    orders::left_out();
    orders::other();
    orders::placed();
    assert_eq!(Order.id(), 1);
    let mut names: Vec<_> = obs::__private::CATALOG
        .iter()
        .filter_map(|entry| match entry {
            obs::__private::Entry::Function(callsite) => Some(callsite.site().name),
            _ => None,
        })
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["its own", "placed"]);
}
