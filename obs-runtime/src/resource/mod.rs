//! What the process can tell of where it runs, by the names of OpenTelemetry's semantic conventions ("Resource").
//!
//! Files and variables are read, nothing is asked of the network, and nothing is taken that may hold a secret: above all
//! not the words of the command line (`process.command_args`).

mod container;
mod instance;
mod kubernetes;
mod machine;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use crate::record::{Attribute, Text, Value};
use container::Container;
use machine::Machine;

/// Where it is read: `/` and the environment, or what a test has in their places.
pub(crate) struct Place<'a> {
    root: PathBuf,
    env: &'a dyn Fn(&str) -> Option<String>,
}

impl<'a> Place<'a> {
    /// Returns that of this process.
    pub(crate) fn own(env: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Place { root: PathBuf::from("/"), env }
    }

    /// Reads a file; `path` begins at the root.
    fn text(&self, path: &str) -> Option<String> {
        std::fs::read_to_string(self.at(path)).ok()
    }

    /// Reads a file of one value; an empty one counts as absent.
    fn line(&self, path: &str) -> Option<String> {
        let text = self.text(path)?;
        Some(text.trim().to_owned()).filter(|line| !line.is_empty())
    }

    fn has(&self, path: &str) -> bool {
        self.at(path).exists()
    }

    fn at(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    /// Returns a variable's value; an empty one counts as absent.
    fn variable(&self, name: &str) -> Option<String> {
        (self.env)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }
}

/// The attributes of a resource on their way.
#[derive(Default)]
pub(crate) struct Found(Vec<Attribute>);

impl Found {
    fn put(&mut self, key: &'static str, value: impl Into<Value>) {
        self.0.push(Attribute { key: Text::Borrowed(key), value: value.into() });
    }

    fn put_text(&mut self, key: &'static str, value: Option<impl Into<Text>>) {
        if let Some(value) = value {
            self.put(key, Value::Str(value.into()));
        }
    }
}

/// Returns what is found out of service, process, host, container and cluster; all but `service.name`. Reads about ten
/// small files.
pub(crate) fn detected(place: &Place<'_>) -> Vec<Attribute> {
    let mut found = Found::default();
    found.put_text("service.instance.id", Some(instance::own()));
    sdk(&mut found);
    process(&mut found);
    let container = Container::find(place);
    Machine::find(place, &container).tell(&mut found);
    found.put_text("container.id", container.id.clone());
    kubernetes::tell(place, &container, &mut found);
    found.0
}

/// Adds what follows from what was given: `deployment.environment` is what `deployment.environment.name` was called
/// before version 1.27 of the conventions, and still is where it was written down.
pub(crate) fn complete(attributes: &mut Vec<Attribute>) {
    const FORMER: &str = "deployment.environment";
    const CURRENT: &str = "deployment.environment.name";
    if attributes.iter().any(|a| a.key == CURRENT) {
        return;
    }
    if let Some(former) = attributes.iter().find(|a| a.key == FORMER) {
        let value = former.value.clone();
        attributes.push(Attribute { key: Text::Borrowed(CURRENT), value });
    }
}

fn sdk(found: &mut Found) {
    found.put_text("telemetry.sdk.language", Some("rust"));
    found.put_text("telemetry.sdk.name", Some("obs"));
    found.put_text("telemetry.sdk.version", Some(env!("CARGO_PKG_VERSION")));
}

fn process(found: &mut Found) {
    found.put("process.pid", i64::from(std::process::id()));
    #[cfg(unix)]
    found.put("process.parent_pid", i64::from(std::os::unix::process::parent_id()));
    let Ok(path) = std::env::current_exe() else { return };
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    found.put_text("process.executable.name", name);
    found.put_text("process.executable.path", Some(shown(&path)));
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
