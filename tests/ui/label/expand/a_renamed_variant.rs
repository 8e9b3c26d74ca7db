#[label(rename_all = "kebab-case")]
enum Region {
    UsEast,
    #[label(rename = "eu")]
    Europe,
}
