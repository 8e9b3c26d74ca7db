use obs::{observed, traced};

#[observed]
mod elsewhere;

#[traced]
mod here {
    mod elsewhere;
}

fn main() {}
