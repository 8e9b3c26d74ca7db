#[traced]
#[track_caller]
fn first(list: &[u8]) -> u8 {
    list[0]
}
