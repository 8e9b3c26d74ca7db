use obs::traced;

struct Shop<T>(T);

impl<T: Clone> Shop<T> {
    // Nothing here tells that it stands in a block: the attribute on the block, or `Self`, does.
    #[traced]
    #[track_caller]
    fn first(list: &[T]) -> Option<T> {
        Some(list.first()?.clone())
    }
}

fn main() {
    drop(Shop::first(&[Shop(1).0]));
}
