//! What destinations are called: the `exporter` label, which tells them apart.

use super::ConfigError;
use super::destination::Destination;
use super::exports::{FileExport, Otlp, Stdout, Zipkin};
use crate::export::Signal;

/// What the builder was given, each with its name.
#[derive(Debug, Default)]
pub(super) struct Given {
    pub(super) otlp: Vec<(String, Otlp)>,
    pub(super) zipkin: Vec<(String, Zipkin)>,
    pub(super) files: Vec<(String, FileExport)>,
    pub(super) stdout: Vec<Stdout>,
}

/// Names that are others': losses before any queue, and the ways of metrics that have names of their own.
const TAKEN: [&str; 6] = ["engine", "prometheus", "pushgateway", "stderr", "stdout", "console"];

impl Given {
    /// Names what has no name: by its kind, from the second on with a number. A name that is given twice is refused.
    pub(super) fn new(
        (otlp, zipkin, files, stdout): (Vec<Otlp>, Vec<Zipkin>, Vec<FileExport>, Vec<Stdout>),
    ) -> Result<Self, ConfigError> {
        let mut names = Names(Vec::new());
        names.reserve("Builder::otlp", otlp.iter().map(|o| &o.name))?;
        names.reserve("Builder::zipkin", zipkin.iter().map(|z| &z.name))?;
        names.reserve("Builder::file", files.iter().map(|f| &f.name))?;
        Ok(Given {
            otlp: named(&mut names, "otlp", otlp, |o| o.name.clone()),
            zipkin: named(&mut names, "zipkin", zipkin, |z| z.name.clone()),
            files: named(&mut names, "file", files, |f| f.name.clone()),
            stdout,
        })
    }
}

fn named<T>(
    names: &mut Names,
    kind: &str,
    given: Vec<T>,
    name: impl Fn(&T) -> Option<String>,
) -> Vec<(String, T)> {
    given.into_iter().map(|given| (name(&given).unwrap_or_else(|| names.next(kind)), given)).collect()
}

/// The names that are in use.
struct Names(Vec<String>);

impl Names {
    fn reserve<'a>(
        &mut self,
        option: &'static str,
        given: impl Iterator<Item = &'a Option<String>>,
    ) -> Result<(), ConfigError> {
        for name in given.flatten() {
            let shown = name.escape_debug();
            let problem = if name.trim().is_empty() {
                "a destination has an empty name; write one, as in `.name(\"backup\")`".to_owned()
            } else if TAKEN.contains(&name.as_str()) {
                format!(
                    "`{shown}` is the name of another exporter; write another one, as in `.name(\"backup\")`"
                )
            } else if self.0.contains(name) {
                format!("two destinations are called `{shown}`; give one of them another name by `.name(..)`")
            } else {
                self.0.push(name.clone());
                continue;
            };
            return Err(ConfigError { option, problem });
        }
        Ok(())
    }

    /// Returns the first that is free of `kind`, `kind-2`, `kind-3` and so on.
    fn next(&mut self, kind: &str) -> String {
        let numbered = (2..).map(|number: u32| format!("{kind}-{number}"));
        let mut all = std::iter::once(kind.to_owned()).chain(numbered);
        let name = all.find(|name| !self.0.contains(name)).unwrap_or_else(|| kind.to_owned());
        self.0.push(name.clone());
        name
    }
}

/// Refuses two destinations of one name: a variable's and one in code may meet.
pub(super) fn refuse_twins(signal: Signal, found: &[Destination]) -> Result<(), ConfigError> {
    for (at, destination) in found.iter().enumerate() {
        let before = found.get(..at).unwrap_or_default();
        if let Some(other) = before.iter().find(|other| other.name == destination.name) {
            let problem = format!(
                "two destinations of {} are called `{}`, this one and that of `{}`; give one of them another name by \
                 `.name(..)`",
                signal.as_str(),
                destination.name.escape_debug(),
                other.option,
            );
            return Err(ConfigError { option: destination.option, problem });
        }
    }
    Ok(())
}
