//! The environment, what was found wrong in it, and where each value came from.

use super::ConfigError;
use super::shown::Shown;
use super::variables::Variable;

/// The environment, and what was found wrong in it.
pub(super) struct Env<'a> {
    get: &'a dyn Fn(&str) -> Option<String>,
    pub(super) warnings: Vec<String>,
    pub(super) settings: Vec<Setting>,
}

/// What is in force for an option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Setting {
    pub(super) name: String,
    /// Without secrets.
    pub(super) value: String,
    pub(super) origin: Origin,
}

/// Where a value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    Default,
    Environment(&'static str),
    Builder(&'static str),
}

/// A variable, and the one that goes for what it leaves open.
#[derive(Clone, Copy)]
pub(super) struct Names(pub(super) &'static Variable, pub(super) Option<&'static Variable>);

impl From<&'static Variable> for Names {
    fn from(variable: &'static Variable) -> Self {
        Names(variable, None)
    }
}

impl<'a> Env<'a> {
    pub(super) fn new(get: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Env { get, warnings: Vec::new(), settings: Vec::new() }
    }

    /// Returns a variable's value; an empty one counts as absent (OpenTelemetry, "Parsing empty value").
    pub(super) fn text(&self, variable: &Variable) -> Option<String> {
        (self.get)(variable.name()).map(|v| v.trim().to_owned()).filter(|v| !v.is_empty())
    }

    /// Tells whether a variable is set and empty, for those of which that is a mistake.
    pub(super) fn is_empty(&self, variable: &Variable) -> bool {
        (self.get)(variable.name()).is_some_and(|value| value.trim().is_empty())
    }

    /// Notes a wrong value, once for all signals that read it.
    pub(super) fn warn(&mut self, variable: &Variable, problem: &str) {
        self.say(format!("`{}` is ignored: {problem}", variable.name()));
    }

    /// Notes what was wrong, once.
    pub(super) fn say(&mut self, warning: String) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// Reads a variable; `parse` says what is wrong and what to write. A wrong value in a variable of OpenTelemetry's is
    /// ignored with a warning, in one of ours it is an error.
    pub(super) fn read<T>(
        &mut self,
        variable: &'static Variable,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, ConfigError> {
        let Some(text) = self.text(variable) else { return Ok(None) };
        match parse(&text) {
            Ok(value) => Ok(Some(value)),
            Err(problem) if variable.is_strict() => Err(ConfigError { option: variable.name(), problem }),
            Err(problem) => {
                self.warn(variable, &problem);
                Ok(None)
            }
        }
    }

    /// Returns what is in force, and notes it: what the builder was given, then what the variables say, then `usual`.
    pub(super) fn option<T: Shown>(
        &mut self,
        names: impl Into<Names>,
        given: Option<T>,
        parse: impl Fn(&str) -> Result<T, String>,
        usual: T,
    ) -> Result<T, ConfigError> {
        let names = names.into();
        let (value, origin) = match given {
            Some(given) => (given, Origin::Builder(names.0.builder())),
            None => self.found(names, parse)?.unwrap_or((usual, Origin::Default)),
        };
        self.note(names.0, value.shown(), origin);
        Ok(value)
    }

    /// Returns what the builder was given as text, or what the variables say, or `usual`.
    pub(super) fn written<T: Shown>(
        &mut self,
        names: impl Into<Names>,
        given: Option<&str>,
        parse: impl Fn(&str) -> Result<T, String>,
        usual: T,
    ) -> Result<T, ConfigError> {
        let names = names.into();
        let wrong = |problem| ConfigError { option: names.0.builder(), problem };
        let given = given.map(&parse).transpose().map_err(wrong)?;
        self.option(names, given, parse, usual)
    }

    /// Returns the first value that is right among the variables, and where it was.
    fn found<T>(
        &mut self,
        Names(own, general): Names,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<(T, Origin)>, ConfigError> {
        for variable in [Some(own), general].into_iter().flatten() {
            if let Some(value) = self.read(variable, &parse)? {
                return Ok(Some((value, Origin::Environment(variable.name()))));
            }
        }
        Ok(None)
    }

    /// Notes what is in force.
    pub(super) fn note(&mut self, variable: &Variable, value: String, origin: Origin) {
        self.note_line(variable.name().to_owned(), value, origin);
    }

    /// Notes what no variable is called.
    pub(super) fn note_line(&mut self, name: String, value: String, origin: Origin) {
        self.settings.push(Setting { name, value, origin });
    }

    /// Returns what reads variables that are no options: what the platform says of itself.
    pub(super) fn surroundings(&self) -> &'a dyn Fn(&str) -> Option<String> {
        self.get
    }
}
