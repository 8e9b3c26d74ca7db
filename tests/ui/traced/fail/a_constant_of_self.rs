use obs::{observed, traced};
use tracing::Level;

struct Shop;

impl Shop {
    const NAME: &str = "shop";
    const LEVEL: Level = Level::INFO;

    #[traced(name = Self::NAME, target = Self::NAME, level = Self::LEVEL)]
    fn open(&self) {}

    #[observed(producer, destination = Self::NAME, err(level = Self::LEVEL))]
    fn close(&self) -> Result<(), String> {
        Ok(())
    }
}

fn main() {
    Shop.open();
    drop(Shop.close());
}
