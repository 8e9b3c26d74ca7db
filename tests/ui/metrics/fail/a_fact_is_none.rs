obs::metrics! {
    /// What was configured.
    static CONFIG: Info = "config_info" { ratio: f64, since: std::time::Instant, number = 5 };
}

fn main() {
    CONFIG.set(CONFIG { ratio: 1.0 });
    CONFIG.inc();
}
