use obs::traced;

#[traced(parent = id)]
fn a_number_as_parent(id: u64) {
    let _ = id;
}

#[traced(link = name)]
fn a_text_as_link(name: &str) {
    let _ = name;
}

#[traced(follows_from = [id])]
fn a_number_as_cause(id: u64) {
    let _ = id;
}

fn main() {}
