#[label(min = 1, max = 3)]
struct Attempt(u8);
