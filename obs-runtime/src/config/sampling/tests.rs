#![allow(clippy::unwrap_used)] // a test fails by panicking

use std::time::Duration;

use super::*;
use crate::config::Config;

fn config(overrides: Overrides, vars: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let get =
        |name: &str| vars.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    Config::read(overrides, &get, true)
}

fn read(vars: &[(&str, &str)]) -> Traces {
    let config = config(Overrides::default(), vars).unwrap();
    assert!(config.warnings.is_empty(), "{:#?}", config.warnings);
    config.sampling
}

fn warned(vars: &[(&str, &str)]) -> (Traces, String) {
    let config = config(Overrides::default(), vars).unwrap();
    (config.sampling, config.warnings.concat())
}

fn refused(overrides: Overrides, vars: &[(&str, &str)]) -> String {
    config(overrides, vars).unwrap_err().to_string()
}

#[test]
fn by_default_every_trace_is_sampled_that_a_parent_does_not_refuse() {
    assert_eq!(read(&[]), Traces::default());
    assert_eq!(read(&[]).sampler.sampling, Sampling::ParentBasedAlwaysOn);
}

#[test]
fn every_sampler_of_the_specification_is_known() {
    let sampling =
        |name| read(&[("OTEL_TRACES_SAMPLER", name), ("OTEL_TRACES_SAMPLER_ARG", "0.25")]).sampler.sampling;
    assert_eq!(sampling("always_on"), Sampling::AlwaysOn);
    assert_eq!(sampling("always_off"), Sampling::AlwaysOff);
    assert_eq!(sampling("traceidratio"), Sampling::TraceIdRatio(0.25));
    assert_eq!(sampling("parentbased_always_on"), Sampling::ParentBasedAlwaysOn);
    assert_eq!(sampling("parentbased_always_off"), Sampling::ParentBasedAlwaysOff);
    assert_eq!(sampling("parentbased_traceidratio"), Sampling::ParentBasedTraceIdRatio(0.25));
    let whole = read(&[("OTEL_TRACES_SAMPLER", "traceidratio")]).sampler.sampling;
    assert_eq!(whole, Sampling::TraceIdRatio(1.0), "the specification's default");
}

#[test]
fn what_opentelemetry_s_variables_say_wrong_is_ignored_with_a_warning() {
    let (traces, warning) = warned(&[("OTEL_TRACES_SAMPLER", "jaeger_remote")]);
    assert_eq!(traces, Traces::default());
    assert!(warning.contains("`jaeger_remote` is not supported; write `always_on`"), "{warning}");
    for wrong in ["1.5", "-0.1", "NaN", "a tenth"] {
        let ratio = ("OTEL_TRACES_SAMPLER_ARG", wrong);
        let (traces, warning) = warned(&[("OTEL_TRACES_SAMPLER", "traceidratio"), ratio]);
        assert_eq!(traces.sampler.sampling, Sampling::TraceIdRatio(1.0));
        assert!(warning.contains("is not a share from 0 to 1"), "{warning}");
    }
}

#[test]
fn the_limit_is_a_number_above_zero() {
    assert_eq!(read(&[("OBS_TRACES_PER_SECOND", "0.5")]).sampler.traces_per_second, Some(0.5));
    for wrong in ["0", "-1", "inf", "NaN", "many"] {
        let error = refused(Overrides::default(), &[("OBS_TRACES_PER_SECOND", wrong)]);
        assert!(
            error.starts_with(&format!("`OBS_TRACES_PER_SECOND`: `{wrong}` is no limit; write")),
            "{error}"
        );
    }
    let error = refused(Overrides { traces_per_second: Some(0.0), ..Overrides::default() }, &[]);
    assert!(error.starts_with("`Builder::traces_per_second`: `0` is no limit"), "{error}");
}

#[test]
fn the_tail_rule_is_on_when_it_is_asked_for() {
    assert_eq!(read(&[("OBS_TAIL", "on")]).tail, Some(TailRule::default()));
    let slow = read(&[("OBS_TAIL_SLOW", "1.5s")]);
    let expected = TailRule { slow: Some(Duration::from_millis(1500)), ..TailRule::default() };
    assert_eq!((slow.tail, slow.sampler.tail), (Some(expected), true));
    let bounds = read(&[
        ("OBS_TAIL", "on"),
        ("OBS_TAIL_MAX_BYTES", "1000"),
        ("OBS_TAIL_MAX_SPANS", "10"),
        ("OBS_TAIL_MAX_AGE", "2m"),
    ]);
    let expected = TailRule { slow: None, bytes: 1000, spans: 10, age: Duration::from_secs(120) };
    assert_eq!(bounds.tail, Some(expected));
}

#[test]
fn a_tail_rule_that_is_off_says_that_its_options_do_nothing() {
    for vars in [&[("OBS_TAIL_MAX_SPANS", "10")][..], &[("OBS_TAIL", "off"), ("OBS_TAIL_SLOW", "1s")]] {
        let (traces, warning) = warned(vars);
        assert_eq!(traces, Traces::default());
        assert!(warning.contains("write `OBS_TAIL=on`"), "{warning}");
    }
}

#[test]
fn wrong_options_of_the_tail_rule_are_errors_with_their_remedy() {
    let error = |name, value| refused(Overrides::default(), &[(name, value)]);
    assert_eq!(error("OBS_TAIL", "yes"), "`OBS_TAIL`: `yes` is unknown; write `on` or `off`");
    assert_eq!(
        error("OBS_TAIL_SLOW", "1"),
        "`OBS_TAIL_SLOW`: `1` is no duration; write a number and a unit, as in `250ms`, `1.5s` or `2m`"
    );
    assert_eq!(
        error("OBS_TAIL_MAX_BYTES", "8M"),
        "`OBS_TAIL_MAX_BYTES`: `8M` is not a number of bytes; write digits, as in `1000`"
    );
}

#[test]
fn the_builder_wins_and_is_checked() {
    let tail = Some(None);
    let sampling = Some(Sampling::ParentBasedTraceIdRatio(0.1));
    let overrides = Overrides { sampling, tail, traces_per_second: Some(7.0), ..Overrides::default() };
    let vars = [("OTEL_TRACES_SAMPLER", "always_off"), ("OBS_TAIL", "on"), ("OBS_TRACES_PER_SECOND", "9")];
    let traces = config(overrides, &vars).unwrap().sampling;
    assert_eq!(traces.sampler.sampling, Sampling::ParentBasedTraceIdRatio(0.1));
    assert_eq!((traces.sampler.traces_per_second, traces.tail), (Some(7.0), None));
    let wrong = Overrides { sampling: Some(Sampling::TraceIdRatio(10.0)), ..Overrides::default() };
    assert!(
        refused(wrong, &[]).starts_with("`Builder::sampling`: `10` is no share; write a number from 0 to 1")
    );
}
