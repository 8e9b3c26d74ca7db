use obs::traced;

trait Load {
    fn load(&self) -> Result<u8, String>;
}

struct Shop;

impl Load for Shop {
    #[traced]
    #[track_caller]
    fn load(&self) -> Result<u8, String> {
        Ok("1".parse().map_err(|_| String::new())?)
    }
}

type Answer = Result<u8, String>;

#[traced]
#[track_caller]
fn hidden() -> Answer {
    Ok("1".parse().map_err(|_| String::new())?)
}

fn main() {
    drop((Shop.load(), hidden()));
}
