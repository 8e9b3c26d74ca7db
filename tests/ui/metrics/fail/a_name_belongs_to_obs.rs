obs::metrics! {
    /// What was lost.
    static LOST: Counter = "obs_dropped_total";
    /// States.
    static STATES: Gauge = "health_check_status";
}

fn main() {}
