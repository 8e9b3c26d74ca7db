use obs::traced;

trait Load {
    fn load(&self) -> Result<u8, String>;
    fn count(&self) -> u8;
    fn place(&self) -> u8;
}

struct Shop;

#[traced]
impl Load for Shop {
    #[track_caller]
    fn load(&self) -> Result<u8, String> {
        Ok("1".parse().map_err(|_| String::new())?)
    }

    #[track_caller]
    #[traced(ok_if = |n| *n > 0)]
    fn count(&self) -> u8 {
        return 1;
    }

    #[track_caller]
    fn place(&self) -> u8 {
        1
    }
}

fn main() {
    drop((Shop.load(), Shop.count(), Shop.place()));
}
