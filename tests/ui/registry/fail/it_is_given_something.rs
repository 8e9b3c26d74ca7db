obs::registry!(orders);

fn main() {}
