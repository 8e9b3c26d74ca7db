#[derive(obs::Label)]
enum Region {
    Eu,
}

fn main() {}
