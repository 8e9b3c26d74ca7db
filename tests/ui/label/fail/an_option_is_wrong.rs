#[derive(obs::Label, Clone, Copy)]
#[label(rename_all = "snake-case")]
enum Case {
    One,
}

#[derive(obs::Label, Clone, Copy)]
#[label(renam_all = "snake_case")]
enum Word {
    #[label(rename = 5)]
    One,
    #[label(rename = "two", rename = "three")]
    Two,
    #[label]
    Three,
}

#[derive(obs::Label, Clone, Copy)]
enum Values {
    Eu,
    #[label(rename = "eu")]
    Europe,
    #[label(rename = "")]
    Nowhere,
}

fn main() {}
