use obs::{health_check, health_checks};

struct Pool<T>(T);
struct Name<'a>(&'a str);
struct Ring<const N: usize>;

#[health_checks]
impl<T> Pool<T> {
    #[health_check]
    fn ping(&self) {}
}

#[health_checks]
impl<'a> Name<'a> {
    #[health_check]
    fn name(&self) -> bool {
        self.0.is_empty()
    }
}

#[health_checks]
impl<const N: usize> Ring<N> {
    #[health_check(timeout = "1")]
    fn ring(&self) {}
}

fn main() {
    Pool(1).ping();
    Name("").name();
    Ring::<1>.ring();
}
