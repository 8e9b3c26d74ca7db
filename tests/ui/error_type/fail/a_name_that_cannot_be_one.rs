#[derive(obs::ErrorType)]
#[error_type(rename = "order")]
enum AnEnum {
    One,
    #[error_type(rename = "")]
    Two,
    #[error_type(rename)]
    Three,
    #[error_type(name = "four")]
    Four,
    #[error_type]
    Five,
    #[error_type(rename = NAME)]
    Six,
    #[error_type(rename = "a")]
    #[error_type(rename = "b")]
    Seven,
}

#[derive(obs::ErrorType)]
union Bits {
    byte: u8,
}

fn main() {}
