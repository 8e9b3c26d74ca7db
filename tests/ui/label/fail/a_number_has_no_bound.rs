#[derive(obs::Label, Clone, Copy)]
struct Shard(u8);

#[derive(obs::Label, Clone, Copy)]
#[label(max = 100_000)]
struct Wide(u32);

#[derive(obs::Label, Clone, Copy)]
#[label(min = 5, max = 3)]
struct Empty(u32);

#[derive(obs::Label, Clone, Copy)]
#[label(max = 3)]
struct Named(bool);

#[derive(obs::Label, Clone, Copy)]
#[label(mx = 3)]
struct Misspelt(u8);

#[derive(obs::Label, Clone, Copy)]
struct Two(u8, u8);

#[derive(obs::Label, Clone, Copy)]
struct Fields {
    shard: u8,
}

#[derive(obs::Label, Clone)]
struct Inner(String);

fn main() {}
