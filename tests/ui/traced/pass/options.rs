#![deny(warnings)]

use obs::traced;

const NAME: &str = "from a constant";

struct Order {
    id: u64,
    item: String,
}

#[traced(name = "order placed", level = "debug", target = "shop", kind = server)]
fn strings(order: &Order) -> u64 {
    order.id
}

#[traced(name = NAME, target = self::NAME, level = warn, client, root,)]
async fn words() {}

#[traced(level = obs::__private::Level::ERROR, kind = "internal")]
fn paths() {}

#[traced(fields(
    count,
    item,
    %shown,
    ?debugged,
    order.id,
    order.item = %order.item,
    "quoted.name" = order.id + 1,
    unsized_text = %*item,
    text = item.len(),
    sum = count + [1, 2].iter().sum::<u64>(),
    r#type = ?Some(count),
    otel.type = 1,
))]
fn fields(count: u64, item: &str, shown: char, debugged: Option<u8>, order: Order) -> String {
    format!("{count}{item}{shown}{debugged:?}{}", order.item)
}

impl Order {
    #[traced(fields(self.id, len = self.item.len()))]
    fn method(mut self) -> u64 {
        self.item.clear();
        self.id
    }
}

fn main() {
    let order = || Order {
        id: 1,
        item: String::from("book"),
    };
    assert_eq!(strings(&order()), 1);
    drop(words());
    paths();
    assert_eq!(fields(1, "a", 'b', None, order()), "1abNonebook");
    assert_eq!(order().method(), 1);
}
