use obs::health_check;

#[health_check]
fn blocking() -> u8 {
    1
}

#[health_check]
async fn asynchronous() -> Option<u8> {
    None
}

fn main() {
    blocking();
    drop(asynchronous());
}
