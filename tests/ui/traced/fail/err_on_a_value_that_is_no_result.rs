use obs::traced;

#[traced(err)]
fn find() -> Option<u8> {
    None
}

#[traced(level = "debug", err(level = "info", Debug))]
async fn nothing() {}

fn name(_error: &String) -> &'static str {
    "name"
}

#[traced(error_type = name)]
fn named() -> Option<u8> {
    None
}

fn main() {}
