#[derive(obs::Label, Clone, Copy)]
#[label(max = 300)]
struct Narrow(u8);

fn main() {}
