//! `OTEL_PROPAGATORS`: in which formats a context travels.

use super::env::{Env, Origin};
use super::shown::{NONE, Shown};
use super::variables::OTEL_PROPAGATORS as VARIABLE;
use crate::context::{Propagator, Propagators};

/// Reads the list, in upper or lower case. A name that is not known is warned about and left out, `none` stands alone.
pub(super) fn read(env: &mut Env<'_>, given: Option<Vec<Propagator>>) -> Propagators {
    let (spoken, origin) = match given {
        Some(given) => (given.into_iter().collect(), Origin::Builder(VARIABLE.builder())),
        None => {
            let named = named(env);
            let origin = named.as_ref().map_or(Origin::Default, |_| Origin::Environment(VARIABLE.name()));
            (named.unwrap_or(Propagators::DEFAULT), origin)
        }
    };
    env.note(&VARIABLE, spoken.shown(), origin);
    spoken
}

impl Shown for Propagators {
    fn shown(&self) -> String {
        let known = Propagator::ALL.into_iter().filter(|propagator| self.has(*propagator));
        let names: Vec<&str> = known.map(Propagator::as_str).collect();
        if names.is_empty() { NONE.to_owned() } else { names.join(",") }
    }
}

fn named(env: &mut Env<'_>) -> Option<Propagators> {
    let text = env.text(&VARIABLE)?.to_ascii_lowercase();
    let names: Vec<&str> = text.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    if names == ["none"] {
        return Some(Propagators::from_iter([]));
    }
    let mut known = Vec::new();
    for name in &names {
        match Propagator::ALL.into_iter().find(|propagator| propagator.as_str() == *name) {
            Some(propagator) => known.push(propagator),
            None => env.say(problem(name)),
        }
    }
    (!known.is_empty()).then(|| known.into_iter().collect())
}

fn problem(name: &str) -> String {
    let (variable, name) = (VARIABLE.name(), name.escape_debug().to_string());
    let all = Propagator::ALL.map(|propagator| format!("`{}`", propagator.as_str())).join(", ");
    match name.as_str() {
        "none" => format!("`none` in `{variable}` is left out: it stands beside others; write it alone"),
        _ => format!(
            "`{name}` in `{variable}` is left out: it is not supported; write any of {all}, or `none`"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_from(text: &str) -> (Propagators, Vec<String>) {
        let get = |name: &str| (name == VARIABLE.name()).then(|| text.to_owned());
        let mut env = Env::new(&get);
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
        let mut env = Env::new(&get);
        let given = read(&mut env, Some(vec![Propagator::Baggage]));
        assert_eq!(given, Propagators::from_iter([Propagator::Baggage]));
    }
}
