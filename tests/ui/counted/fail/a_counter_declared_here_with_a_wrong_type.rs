use obs::counted;

#[derive(obs::Label, Clone, Copy)]
enum Region {
    Eu,
}

struct NoText;

#[counted(name = "a_total", region: Region = number)]
fn other_type(number: u8) {}

#[counted(name = "b_total", customer: String = name)]
fn no_label(name: String) {}

#[counted(name = "c_total", thing = dynamic(thing))]
fn no_text(thing: &NoText) {}

#[counted(name = "d_total", a = dynamic(a, max = 100), b = dynamic(a, max = 100))]
fn too_many_series(a: &str) {}

fn main() {
    other_type(1);
    no_label(String::new());
    no_text(&NoText);
    too_many_series("");
    let _ = Region::Eu;
}
