struct Empty;
struct Twice;
struct Other;

macro_rules! listed {
    ($($error:ident: $names:expr),*) => {$(
        impl obs::ErrorType for $error {
            fn error_type(&self) -> &'static str {
                ""
            }
        }
        impl obs::ErrorNames for $error {
            const NAMES: &'static [&'static str] = $names;
        }
    )*};
}

listed!(Empty: &["a", ""], Twice: &["a", "b", "a"], Other: &["_OTHER"]);

obs::metrics! {
    /// Empty.
    static A: Counter = "a_total" { error_type: obs::ErrorTypeOf<Empty> };
    /// Twice.
    static B: Counter = "b_total" { error_type: obs::ErrorTypeOf<Twice> };
    /// Other.
    static C: Counter = "c_total" { error_type: obs::ErrorTypeOf<Other> };
}

fn main() {}
