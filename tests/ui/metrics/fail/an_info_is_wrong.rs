obs::metrics! {
    /// What was built.
    static BUILD: Info = "app_build" { version = "1" };
    /// Nothing.
    static NOTHING: Info = "nothing_info";
    /// Everything.
    static EVERYTHING: Info = "everything_info" {
        le = "1",
        outcome: obs::Outcome,
        error_type: String,
        tenant: dynamic(max = 5),
    } buckets = [1.0] unit = "seconds" max_series = 5;
}

fn main() {}
