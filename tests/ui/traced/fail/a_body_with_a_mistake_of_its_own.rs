use obs::traced;

#[traced]
fn wrong_tail() -> u8 {
    "text"
}

#[traced]
async fn wrong_async_tail() -> u8 {
    "text"
}

#[traced]
fn missing_tail(flag: bool) -> u8 {
    if flag {
        return 1;
    }
}

#[traced]
fn unknown_name() {
    missing();
}

fn main() {
    wrong_tail();
    drop(wrong_async_tail());
    missing_tail(true);
    unknown_name();
}
