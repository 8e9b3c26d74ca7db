//! Levels by module, as in `warn,noisy_lib=off`.

use tracing_core::LevelFilter;
use tracing_subscriber::filter::Targets;

/// Reads directives: a level for everything, and `module=level` for what is in a module or below it. Where there is none
/// for everything, that is `default`: who names one module says nothing of the others.
pub(crate) fn read(text: &str, default: LevelFilter) -> Result<Targets, String> {
    let mut targets = Targets::new().with_default(default);
    for directive in text.split(',').map(str::trim).filter(|d| !d.is_empty()) {
        targets = match directive.split_once('=') {
            None => targets.with_default(level(directive).ok_or_else(|| unknown(directive))?),
            Some((module, of)) if is_module(module.trim()) => {
                let level = level(of.trim()).ok_or_else(|| unknown(of.trim()))?;
                targets.with_target(module.trim(), level)
            }
            Some((module, _)) => {
                return Err(format!(
                    "`{}` is no module; write its path, as in `noisy_lib=off` or `my_crate::jobs=warn`",
                    module.trim()
                ));
            }
        };
    }
    Ok(targets)
}

fn level(text: &str) -> Option<LevelFilter> {
    Some(match text.to_ascii_lowercase().as_str() {
        "off" => LevelFilter::OFF,
        "error" => LevelFilter::ERROR,
        "warn" => LevelFilter::WARN,
        "info" => LevelFilter::INFO,
        "debug" => LevelFilter::DEBUG,
        "trace" | "on" => LevelFilter::TRACE,
        _ => return None,
    })
}

fn unknown(text: &str) -> String {
    format!(
        "`{text}` is no level; write `off`, `error`, `warn`, `info`, `debug` or `trace`, as in `warn` or `noisy_lib=off`"
    )
}

fn is_module(text: &str) -> bool {
    let is_name = |name: &str| {
        name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.')) && !name.is_empty()
    };
    text.split("::").all(is_name)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test fails by panicking
mod tests {
    use super::read;
    use tracing_core::{Level, LevelFilter};

    #[test]
    fn one_module_says_nothing_of_the_others() {
        let targets = read("noisy_lib=off, mine::jobs = debug", LevelFilter::INFO).unwrap();
        let wants = |target, level| targets.would_enable(target, &level);
        assert!(!wants("noisy_lib", Level::ERROR) && !wants("noisy_lib::inner", Level::ERROR));
        assert!(wants("other", Level::INFO) && !wants("other", Level::DEBUG));
        assert!(wants("mine::jobs::daily", Level::DEBUG));
        let targets = read("WARN", LevelFilter::TRACE).unwrap();
        assert!(!targets.would_enable("other", &Level::INFO) && targets.would_enable("other", &Level::WARN));
        assert!(read("", LevelFilter::INFO).unwrap().would_enable("other", &Level::INFO));
    }

    #[test]
    fn what_is_no_directive_is_refused_with_what_to_write() {
        let said = |text| read(text, LevelFilter::INFO).unwrap_err();
        assert_eq!(
            said("noisy_lib"),
            "`noisy_lib` is no level; write `off`, `error`, `warn`, `info`, `debug` or `trace`, as in `warn` or \
             `noisy_lib=off`"
        );
        assert!(said("noisy_lib=of").starts_with("`of` is no level; write `off`, "));
        assert_eq!(
            said("noisy lib=off"),
            "`noisy lib` is no module; write its path, as in `noisy_lib=off` or `my_crate::jobs=warn`"
        );
        assert!(said("=off").starts_with("`` is no module"));
    }
}
