#[obs::test]
fn text(t: &str) {}

#[obs::test]
async fn number(t: &u64) {}

fn main() {}
