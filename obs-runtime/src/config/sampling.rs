//! Which traces are exported: sampler, limit and tail rule.

use std::time::Duration;

use super::{ConfigError, Env, Overrides, parse};
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
    let sampling = match overrides.sampling {
        Some(given) => given_sampling(given)?,
        None => sampler(env),
    };
    let traces_per_second = traces_per_second(env, overrides.traces_per_second)?;
    let tail = match overrides.tail {
        Some(given) => given,
        None => tail(env)?,
    };
    Ok(Traces { sampler: SamplerSettings { sampling, traces_per_second, tail: tail.is_some() }, tail })
}

fn given_sampling(given: Sampling) -> Result<Sampling, ConfigError> {
    let share = match given {
        Sampling::TraceIdRatio(share) | Sampling::ParentBasedTraceIdRatio(share) => share,
        _ => 0.0,
    };
    if is_share(share) {
        return Ok(given);
    }
    let problem = format!("`{share}` is no share; write a number from 0 to 1, as in `0.1` for a tenth");
    Err(ConfigError { option: "Builder::sampling", problem })
}

fn is_share(share: f64) -> bool {
    (0.0..=1.0).contains(&share)
}

fn sampler(env: &mut Env<'_>) -> Sampling {
    const NAME: &str = "OTEL_TRACES_SAMPLER";
    let ratio = |env: &mut Env<'_>| ratio(env).unwrap_or(1.0);
    match env.text(NAME).as_deref() {
        None | Some("parentbased_always_on") => Sampling::ParentBasedAlwaysOn,
        Some("always_on") => Sampling::AlwaysOn,
        Some("always_off") => Sampling::AlwaysOff,
        Some("parentbased_always_off") => Sampling::ParentBasedAlwaysOff,
        Some("traceidratio") => Sampling::TraceIdRatio(ratio(env)),
        Some("parentbased_traceidratio") => Sampling::ParentBasedTraceIdRatio(ratio(env)),
        Some(other) => {
            let known =
                "write `always_on`, `always_off` or `traceidratio`, or one of them after `parentbased_`";
            env.warn(NAME, &format!("`{other}` is not supported; {known}"));
            Sampling::default()
        }
    }
}

fn ratio(env: &mut Env<'_>) -> Option<f64> {
    const NAME: &str = "OTEL_TRACES_SAMPLER_ARG";
    let share: f64 = env.number(NAME, "a share from 0 to 1")?;
    if !is_share(share) {
        env.warn(NAME, &format!("`{share}` is not a share from 0 to 1"));
    }
    is_share(share).then_some(share)
}

fn traces_per_second(env: &Env<'_>, given: Option<f64>) -> Result<Option<f64>, ConfigError> {
    const NAME: &str = "OBS_TRACES_PER_SECOND";
    let (option, text) = match given {
        Some(given) => ("Builder::traces_per_second", Some(given.to_string())),
        None => (NAME, env.text(NAME)),
    };
    let Some(text) = text else { return Ok(None) };
    let limit = text.parse().ok().filter(|limit: &f64| limit.is_finite() && *limit > 0.0);
    let wrong = || ConfigError {
        option,
        problem: format!(
            "`{text}` is no limit; write a number above 0, as in `100` or `0.5`, or use `OTEL_TRACES_SAMPLER=always_off`"
        ),
    };
    limit.ok_or_else(wrong).map(Some)
}

/// The tail rule is on where `OBS_TAIL` says so, and where it is told what is slow.
fn tail(env: &mut Env<'_>) -> Result<Option<TailRule>, ConfigError> {
    let slow = duration(env, "OBS_TAIL_SLOW")?;
    let on = match env.text("OBS_TAIL").as_deref() {
        None => slow.is_some(),
        Some("on") => true,
        Some("off") => false,
        Some(other) => {
            let problem = format!("`{other}` is unknown; write `on` or `off`");
            return Err(ConfigError { option: "OBS_TAIL", problem });
        }
    };
    let usual = TailRule::default();
    let rule = TailRule {
        slow,
        bytes: count(env, "OBS_TAIL_MAX_BYTES", "bytes")?.unwrap_or(usual.bytes),
        spans: count(env, "OBS_TAIL_MAX_SPANS", "spans")?.unwrap_or(usual.spans),
        age: duration(env, "OBS_TAIL_MAX_AGE")?.unwrap_or(usual.age),
    };
    if !on && rule != usual {
        env.warn("OBS_TAIL_*", "the tail rule is off; write `OBS_TAIL=on`");
    }
    Ok(on.then_some(rule))
}

fn duration(env: &Env<'_>, option: &'static str) -> Result<Option<Duration>, ConfigError> {
    let Some(text) = env.text(option) else { return Ok(None) };
    let problem =
        || format!("`{text}` is no duration; write a number and a unit, as in `250ms`, `1.5s` or `2m`");
    parse::duration(&text).map(Some).ok_or_else(|| ConfigError { option, problem: problem() })
}

fn count(env: &Env<'_>, option: &'static str, what: &str) -> Result<Option<usize>, ConfigError> {
    let Some(text) = env.text(option) else { return Ok(None) };
    let problem = || format!("`{text}` is no number of {what}; write digits, as in `1000`");
    text.parse().map(Some).map_err(|_| ConfigError { option, problem: problem() })
}

#[cfg(test)]
mod tests;
