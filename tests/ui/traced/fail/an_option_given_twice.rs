use obs::{observed, traced};

#[traced(name = "a", root, name = "b")]
fn option() {}

#[traced(server, kind = client)]
fn kind() {}

#[traced(fields(id = 1, id = 2))]
fn field() {}

#[traced]
#[observed]
fn attribute() {}

fn main() {
    option();
    kind();
    field();
    attribute();
}
