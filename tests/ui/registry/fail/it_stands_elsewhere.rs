mod metrics {
    obs::registry!();
}

fn main() {}
