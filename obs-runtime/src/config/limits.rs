//! What one span or log record may hold.

use super::ConfigError;
use super::env::{Env, Names};
use super::parse::number;
use super::variables as v;
use crate::engine::limits::{Limits, LogLimits};

/// `OTEL_SPAN_*_LIMIT`, `OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT`, and `OTEL_ATTRIBUTE_*_LIMIT` for what they leave open
/// (OpenTelemetry specification, "SDK Environment Variables", "Attribute Limits" and "Span Limits").
pub(super) fn of_spans(env: &mut Env<'_>, given: Option<Limits>) -> Result<Limits, ConfigError> {
    let (usual, count, length) =
        (Limits::default(), &v::OTEL_ATTRIBUTE_COUNT_LIMIT, &v::OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT);
    let mut limit = |own, general, part: fn(&Limits) -> usize| {
        limit(env, Names(own, general), given.as_ref().map(part), part(&usual))
    };
    Ok(Limits {
        attributes: limit(&v::OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT, Some(count), |l| l.attributes)?,
        value_length: limit(&v::OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT, Some(length), |l| l.value_length)?,
        events: limit(&v::OTEL_SPAN_EVENT_COUNT_LIMIT, None, |l| l.events)?,
        links: limit(&v::OTEL_SPAN_LINK_COUNT_LIMIT, None, |l| l.links)?,
        event_attributes: limit(&v::OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT, Some(count), |l| l.event_attributes)?,
    })
}

/// `OTEL_LOGRECORD_*_LIMIT`, and `OTEL_ATTRIBUTE_*_LIMIT` for what they leave open ("LogRecord Limits").
pub(super) fn of_logs(env: &mut Env<'_>, given: Option<LogLimits>) -> Result<LogLimits, ConfigError> {
    let usual = LogLimits::default();
    let count = Names(&v::OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT, Some(&v::OTEL_ATTRIBUTE_COUNT_LIMIT));
    let length =
        Names(&v::OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT, Some(&v::OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT));
    Ok(LogLimits {
        attributes: limit(env, count, given.map(|l| l.attributes), usual.attributes)?,
        value_length: limit(env, length, given.map(|l| l.value_length), usual.value_length)?,
    })
}

fn limit(env: &mut Env<'_>, names: Names, given: Option<usize>, usual: usize) -> Result<usize, ConfigError> {
    env.option(names, given, number("a limit from 0 on"), usual)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test fails by panicking
mod tests {
    use super::*;
    use crate::config::{Config, Overrides};

    fn config(vars: &[(&str, &str)]) -> Config {
        let get =
            |name: &str| vars.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        Config::read(Overrides::default(), &get, true).unwrap()
    }

    fn read(vars: &[(&str, &str)]) -> (Limits, usize) {
        let config = config(vars);
        (config.limits, config.warnings.len())
    }

    #[test]
    fn the_defaults_are_those_of_the_specification() {
        let usual = Limits {
            attributes: 128,
            value_length: usize::MAX,
            events: 128,
            links: 128,
            event_attributes: 128,
        };
        assert_eq!(read(&[]), (usual, 0));
    }

    #[test]
    fn every_limit_has_its_variable() {
        let (limits, warnings) = read(&[
            ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "1"),
            ("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "2"),
            ("OTEL_SPAN_EVENT_COUNT_LIMIT", "3"),
            ("OTEL_SPAN_LINK_COUNT_LIMIT", "4"),
            ("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "0"),
        ]);
        let expected = Limits { attributes: 1, value_length: 2, events: 3, links: 4, event_attributes: 0 };
        assert_eq!((limits, warnings), (expected, 0));
    }

    #[test]
    fn the_general_limits_go_for_what_has_none_of_its_own() {
        let general = [("OTEL_ATTRIBUTE_COUNT_LIMIT", "7"), ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "8")];
        let (limits, _) = read(&general);
        assert_eq!((limits.attributes, limits.event_attributes, limits.value_length), (7, 7, 8));
        let own = [general.as_slice(), &[("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "9")]].concat();
        assert_eq!((read(&own).0.attributes, read(&own).0.event_attributes), (9, 7));
    }

    #[test]
    fn a_wrong_limit_is_ignored_with_a_warning() {
        let (limits, warnings) = read(&[("OTEL_SPAN_EVENT_COUNT_LIMIT", "-1")]);
        assert_eq!((limits, warnings), (Limits::default(), 1));
    }

    #[test]
    fn log_records_have_limits_of_their_own() {
        let limits = |vars: &[(&str, &str)]| config(vars).log_limits;
        assert_eq!(limits(&[]), LogLimits { attributes: 128, value_length: usize::MAX });
        let general = [("OTEL_ATTRIBUTE_COUNT_LIMIT", "7"), ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "8")];
        assert_eq!(limits(&general), LogLimits { attributes: 7, value_length: 8 });
        let own = ("OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", "0");
        let length = ("OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", "3");
        let all = [general.as_slice(), &[own, length]].concat();
        assert_eq!(limits(&all), LogLimits { attributes: 0, value_length: 3 });
        let limits = LogLimits { attributes: 1, value_length: 2 };
        let given = Overrides { log_limits: Some(limits), ..Overrides::default() };
        assert_eq!(Config::read(given, &|_| None, true).unwrap().log_limits, limits);
    }
}
