//! Levels and filters.

use tracing_core::{Level, LevelFilter};
use tracing_subscriber::filter::Targets;

use super::env::{Env, Names};
use super::variables as v;
use super::{ConfigError, directives, parse};
use crate::export::LogFormat;
use crate::metrics::MAX_SERIES;

/// What levels are called.
pub(super) const ALL: &[(&str, LevelFilter)] = &[
    ("off", LevelFilter::OFF),
    ("error", LevelFilter::ERROR),
    ("warn", LevelFilter::WARN),
    ("info", LevelFilter::INFO),
    ("debug", LevelFilter::DEBUG),
    ("trace", LevelFilter::TRACE),
];

/// `OBS_LOG`, then `RUST_LOG`.
pub(super) fn log(env: &mut Env<'_>, given: Option<&str>) -> Result<Targets, ConfigError> {
    let parse = |text: &str| {
        text.parse()
            .map_err(|_| format!("`{text}` is not a filter; write levels, as in `info` or `info,hyper=warn`"))
    };
    let usual = Targets::new().with_default(Level::INFO);
    let targets = env.written(Names(&v::OBS_LOG, Some(&v::RUST_LOG)), given, parse, usual)?;
    if targets.default_level().is_none() {
        // A level that is misspelt is a module to everybody.
        let modules: Vec<String> = targets.iter().map(|(module, _)| format!("`{module}`")).collect();
        let modules = modules.join(", ");
        env.say(format!(
            "no log lines are written but those of {modules}; for others write a level, too, as in `info`"
        ));
    }
    Ok(targets)
}

/// `OBS_METRICS`.
pub(super) fn metrics(env: &mut Env<'_>, given: Option<&str>) -> Result<Option<Targets>, ConfigError> {
    let parse = |text: &str| directives::read(text, LevelFilter::TRACE).map(Some);
    env.written(&v::OBS_METRICS, given, parse, None)
}

/// `OBS_SPANS`.
pub(super) fn spans(
    env: &mut Env<'_>,
    given: Option<&str>,
    exported: Level,
) -> Result<Option<Targets>, ConfigError> {
    let parse = |text: &str| directives::read(text, exported.into()).map(Some);
    env.written(&v::OBS_SPANS, given, parse, None)
}

/// `OBS_MAX_SERIES`.
pub(super) fn max_series(env: &mut Env<'_>, given: Option<usize>) -> Result<usize, ConfigError> {
    env.option(&v::OBS_MAX_SERIES, given, parse::number("a number of series"), MAX_SERIES)
}

/// `OBS_EXPORT_LEVEL`.
pub(super) fn exported(env: &mut Env<'_>, given: Option<Level>) -> Result<Level, ConfigError> {
    let parse = |text: &str| {
        text.parse()
            .map_err(|_| format!("`{text}` is no level; write `error`, `warn`, `info`, `debug` or `trace`"))
    };
    env.option(&v::OBS_EXPORT_LEVEL, given, parse, Level::INFO)
}

/// `OBS_LOG_FORMAT`.
pub(super) fn log_format(
    env: &mut Env<'_>,
    given: Option<LogFormat>,
    terminal: bool,
) -> Result<LogFormat, ConfigError> {
    let usual = if terminal { LogFormat::Pretty } else { LogFormat::Json };
    let words = parse::one_of(&[("pretty", LogFormat::Pretty), ("json", LogFormat::Json)]);
    env.option(&v::OBS_LOG_FORMAT, given, words, usual)
}
