use obs::traced;

struct Hidden;

#[traced(err)]
fn error() -> Result<(), Hidden> {
    Ok(())
}

#[traced(err(Debug))]
async fn error_by_debug() -> Result<(), Hidden> {
    Ok(())
}

#[traced(ret)]
fn value() -> Hidden {
    Hidden
}

#[traced(ret(Display))]
fn ok_value() -> Result<Hidden, String> {
    Ok(Hidden)
}

fn main() {}
