use obs::observed;

#[observed]
#[path = "../../lib.rs"]
mod elsewhere;

fn main() {}
