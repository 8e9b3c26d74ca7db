//! `OTEL_PROPAGATORS`: in which formats a context travels.

use super::Env;
use crate::context::{Propagator, Propagators};

const NAME: &str = "OTEL_PROPAGATORS";

/// Reads the list, in upper or lower case. A name that is not known is warned about and left out, `none` stands alone.
pub(super) fn read(env: &mut Env<'_>, given: Option<Vec<Propagator>>) -> Propagators {
    if let Some(given) = given {
        return given.into_iter().collect();
    }
    let Some(text) = env.text(NAME).map(|text| text.to_ascii_lowercase()) else {
        return Propagators::DEFAULT;
    };
    let names: Vec<&str> = text.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    if names == ["none"] {
        return Propagators::from_iter([]);
    }
    let mut known = Vec::new();
    for name in &names {
        match Propagator::ALL.into_iter().find(|propagator| propagator.as_str() == *name) {
            Some(propagator) => known.push(propagator),
            None => env.warnings.push(problem(name)),
        }
    }
    if known.is_empty() { Propagators::DEFAULT } else { known.into_iter().collect() }
}

fn problem(name: &str) -> String {
    let all = Propagator::ALL.map(|propagator| format!("`{}`", propagator.as_str())).join(", ");
    match name {
        "none" => format!("`none` in `{NAME}` is left out: it stands beside others; write it alone"),
        _ => format!("`{name}` in `{NAME}` is left out: it is not supported; write any of {all}, or `none`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_from(text: &str) -> (Propagators, Vec<String>) {
        let get = |name: &str| (name == NAME).then(|| text.to_owned());
        let mut env = Env { get: &get, warnings: Vec::new() };
        (read(&mut env, None), env.warnings)
    }

    #[test]
    fn the_list_names_what_is_spoken() {
        assert_eq!(read_from(""), (Propagators::DEFAULT, vec![]));
        assert_eq!(read_from("None"), (Propagators::from_iter([]), vec![]));
        assert_eq!(read_from("TraceContext,BAGGAGE,Correlation"), (Propagators::DEFAULT, vec![]));
        let both = Propagators::from_iter([Propagator::B3, Propagator::B3Multi]);
        assert_eq!(read_from(" b3multi, b3,b3 "), (both, vec![]));
    }

    #[test]
    fn what_is_not_known_is_left_out_with_a_warning() {
        let (spoken, warnings) = read_from("jaeger,b3");
        assert_eq!(spoken, Propagators::from_iter([Propagator::B3]));
        assert_eq!(
            warnings,
            [
                "`jaeger` in `OTEL_PROPAGATORS` is left out: it is not supported; write any of `tracecontext`, `baggage`, `b3`, \
              `b3multi`, `correlation`, or `none`"
            ]
        );
        assert_eq!(read_from("xray").0, Propagators::DEFAULT);
        assert!(read_from("none,b3").1.concat().contains("write it alone"));
    }

    #[test]
    fn the_builder_wins() {
        let get = |_: &str| Some("b3".to_owned());
        let mut env = Env { get: &get, warnings: Vec::new() };
        let given = read(&mut env, Some(vec![Propagator::Baggage]));
        assert_eq!(given, Propagators::from_iter([Propagator::Baggage]));
    }
}
