obs::metrics! {
    /// Not the label's type.
    static A: Counter = "a_total" { error_type: bool };
    /// An error that names nothing.
    static B: Counter = "b_total" { error_type: obs::ErrorTypeOf<Silent> };
    /// An error whose names are not listed.
    static C: Counter = "c_total" { outcome: obs::Outcome, error_type: obs::ErrorTypeOf<Box<ByHand>> };
    /// Depth.
    static DEPTH: Gauge = "depth" { error_type: obs::ErrorTypeOf<Known> };
    /// Twice.
    static TWICE: Counter = "twice_total" { error_type: obs::ErrorTypeOf<Known>, error_type: obs::ErrorTypeOf<Known> };
}

struct Silent;

struct ByHand;

impl obs::ErrorType for ByHand {
    fn error_type(&self) -> &'static str {
        "by_hand"
    }
}

#[derive(obs::ErrorType)]
struct Known;

fn main() {}
