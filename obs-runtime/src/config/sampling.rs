//! Which traces are exported: sampler, limit and tail rule.

use super::env::{Env, Origin};
use super::shown::Shown;
use super::shown::Switch;
use super::variables as v;
use super::{ConfigError, Overrides, parse};
use crate::engine::collector::TailRule;
use crate::engine::sampler::{SamplerSettings, Sampling};

/// What decides about traces.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Traces {
    pub(crate) sampler: SamplerSettings,
    pub(crate) tail: Option<TailRule>,
}

/// `OTEL_TRACES_SAMPLER`, `OTEL_TRACES_SAMPLER_ARG`, `OBS_TRACES_PER_SECOND`, `OBS_TAIL` and `OBS_TAIL_*`.
pub(super) fn read(env: &mut Env<'_>, overrides: &Overrides) -> Result<Traces, ConfigError> {
    let sampling = sampling(env, overrides.sampling)?;
    let traces_per_second = traces_per_second(env, overrides.traces_per_second)?;
    let tail = tail(env, overrides.tail)?;
    Ok(Traces { sampler: SamplerSettings { sampling, traces_per_second, tail: tail.is_some() }, tail })
}

fn is_share(share: f64) -> bool {
    (0.0..=1.0).contains(&share)
}

fn share_of(sampling: Sampling) -> Option<f64> {
    match sampling {
        Sampling::TraceIdRatio(share) | Sampling::ParentBasedTraceIdRatio(share) => Some(share),
        _ => None,
    }
}

fn sampling(env: &mut Env<'_>, given: Option<Sampling>) -> Result<Sampling, ConfigError> {
    if let Some(share) = given.and_then(share_of).filter(|share| !is_share(*share)) {
        let problem = format!("`{share}` is no share; write a number from 0 to 1, as in `0.1` for a tenth");
        return Err(ConfigError { option: v::OTEL_TRACES_SAMPLER.builder(), problem });
    }
    let chosen = env.option(&v::OTEL_TRACES_SAMPLER, given, sampler, Sampling::default())?;
    let variable = &v::OTEL_TRACES_SAMPLER_ARG;
    match (given.and_then(share_of), share_of(chosen)) {
        (Some(share), _) => env.note(variable, share.shown(), Origin::Builder(variable.builder())),
        (None, Some(_)) => {
            let share = env.option(variable, None, ratio, 1.0)?;
            return Ok(match chosen {
                Sampling::TraceIdRatio(_) => Sampling::TraceIdRatio(share),
                _ => Sampling::ParentBasedTraceIdRatio(share),
            });
        }
        (None, None) => env.note(variable, None::<f64>.shown(), Origin::Default),
    }
    Ok(chosen)
}

fn sampler(text: &str) -> Result<Sampling, String> {
    Ok(match text.to_ascii_lowercase().as_str() {
        "parentbased_always_on" => Sampling::ParentBasedAlwaysOn,
        "always_on" => Sampling::AlwaysOn,
        "always_off" => Sampling::AlwaysOff,
        "parentbased_always_off" => Sampling::ParentBasedAlwaysOff,
        "traceidratio" => Sampling::TraceIdRatio(1.0),
        "parentbased_traceidratio" => Sampling::ParentBasedTraceIdRatio(1.0),
        _ => {
            let known =
                "write `always_on`, `always_off` or `traceidratio`, or one of them after `parentbased_`";
            return Err(format!("`{text}` is not supported; {known}"));
        }
    })
}

fn ratio(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| is_share(*share));
    share.ok_or_else(|| format!("`{text}` is not a share from 0 to 1; write one, as in `0.1` for a tenth"))
}

fn traces_per_second(env: &mut Env<'_>, given: Option<f64>) -> Result<Option<f64>, ConfigError> {
    let given = given.map(|limit| limit.to_string());
    let parse = |text: &str| {
        let limit = text.parse().ok().filter(|limit: &f64| limit.is_finite() && *limit > 0.0);
        let wrong = || {
            format!(
                "`{text}` is no limit; write a number above 0, as in `100` or `0.5`, or use \
                 `OTEL_TRACES_SAMPLER=always_off`"
            )
        };
        limit.ok_or_else(wrong).map(Some)
    };
    env.written(&v::OBS_TRACES_PER_SECOND, given.as_deref(), parse, None)
}

/// The tail rule is on where `OBS_TAIL` says so, and where it is told what is slow.
fn tail(env: &mut Env<'_>, given: Option<Option<TailRule>>) -> Result<Option<TailRule>, ConfigError> {
    let (rule, usual) = (given.flatten(), TailRule::default());
    let slow = env.option(
        &v::OBS_TAIL_SLOW,
        given.map(|_| rule.and_then(|rule| rule.slow)),
        |text| parse::duration(text).map(Some),
        None,
    )?;
    let words = parse::one_of(&[("on", Switch(true)), ("off", Switch(false))]);
    let is_given = given.map(|rule| Switch(rule.is_some()));
    let on = env.option(&v::OBS_TAIL, is_given, words, Switch(slow.is_some()))?.0;
    let in_force = given.map(|rule| rule.unwrap_or(usual));
    let bytes = parse::number("a number of bytes");
    let spans = parse::number("a number of spans");
    let rule = TailRule {
        slow,
        bytes: env.option(&v::OBS_TAIL_MAX_BYTES, in_force.map(|rule| rule.bytes), bytes, usual.bytes)?,
        spans: env.option(&v::OBS_TAIL_MAX_SPANS, in_force.map(|rule| rule.spans), spans, usual.spans)?,
        age: env.option(&v::OBS_TAIL_MAX_AGE, in_force.map(|rule| rule.age), parse::duration, usual.age)?,
    };
    if !on && rule != usual && given.is_none() {
        env.say("`OBS_TAIL_*` is ignored: the tail rule is off; write `OBS_TAIL=on`".to_owned());
    }
    Ok(on.then_some(rule))
}

#[cfg(test)]
mod tests;
