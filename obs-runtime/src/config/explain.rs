//! What is in force, for people.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use super::env::{Env, Origin, Setting};
use super::variables::{ABSENT, SECTIONS};
use super::{Config, ConfigError, Overrides};

/// Every option, its value, and where that came from. Made by [`config`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configuration {
    settings: Vec<Setting>,
    warnings: Vec<String>,
    error: Option<ConfigError>,
}

/// What `init()` read last.
static READ: Mutex<Option<Configuration>> = Mutex::new(None);

/// Returns the configuration: what `init()` read, builder included, or before that what the environment says now.
///
/// Allocates, reads the environment, and neither blocks nor changes anything.
///
/// ```
/// # extern crate obs_runtime as obs;
/// let configuration = obs::config();
/// assert!(configuration.explain().lines().any(|line| line.starts_with("OTEL_TRACES_SAMPLER = ")));
/// ```
pub fn config() -> Configuration {
    let read = READ.lock().unwrap_or_else(PoisonError::into_inner).clone();
    read.unwrap_or_else(|| {
        let terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
        Configuration::read(Overrides::default(), &|name| std::env::var(name).ok(), terminal).1
    })
}

impl Configuration {
    /// Returns a line for every option, as in `OTEL_BSP_MAX_QUEUE_SIZE = 65536 (default)`: its name, the value in force, and
    /// whether that is the default or came from the environment or the builder. An option that OpenTelemetry has for all
    /// signals and for each is told for each. Then a line for each value that is ignored, and for one that `init()` refuses.
    ///
    /// Values of headers are shown as `***`, as are users, passwords and queries in addresses.
    pub fn explain(&self) -> String {
        self.to_string()
    }

    /// Returns what was wrong in the environment and is ignored, a sentence each.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Returns the table of all variables, as Markdown: `docs/configuration.md` of the repository is this text.
    pub fn reference() -> String {
        let mut out = INTRODUCTION.to_owned();
        for section in SECTIONS {
            out.push_str(&format!("\n## {}\n\n{}.\n\n{HEAD}", section.title, section.source));
            for variable in section.variables {
                out.push_str(&format!("{}\n", variable.row()));
            }
        }
        out.push_str("\n## Variables that do not apply\n\nWho sets one is told so at the start.\n\n");
        out.push_str("| variable | why |\n| --- | --- |\n");
        for variable in &ABSENT {
            out.push_str(&format!("| `{}` | {} |\n", variable.name(), variable.why()));
        }
        out
    }

    /// Reads the configuration, and tells what was read also where something is wrong with it.
    pub(crate) fn read(
        overrides: Overrides,
        env: &dyn Fn(&str) -> Option<String>,
        stderr_is_terminal: bool,
    ) -> (Result<Config, ConfigError>, Configuration) {
        let mut env = Env::new(env);
        let config = Config::of(overrides, &mut env, stderr_is_terminal);
        let told = Configuration {
            settings: env.settings,
            warnings: env.warnings.clone(),
            error: config.as_ref().err().cloned(),
        };
        (config.map(|config| Config { warnings: env.warnings, ..config }), told)
    }

    /// Keeps it as what `init()` read.
    pub(crate) fn keep(self) {
        *READ.lock().unwrap_or_else(PoisonError::into_inner) = Some(self);
    }
}

const INTRODUCTION: &str = "# Configuration

Every variable that is an option, and the method of `obs::builder()` that wins over it. `obs::config().explain()` prints what is
in force in a process, and where each value came from.

A variable that is empty counts as absent, but for that of a token: an empty `OBS_ADMIN_TOKEN` or `OBS_ADMIN_TOKEN_FILE` that leaves
the admin server without one is an error. A wrong value in a variable of OpenTelemetry's is ignored, with a warning at the
start, as its specification asks; in one of ours (`OBS_...`), and in `OTEL_EXPORTER_PROMETHEUS_HOST`, it is an error of
`init()`. So is what leaves nowhere to send to: an endpoint that is no URL, a header that HTTP cannot carry, a file of
certificates that cannot be used, and a missing feature. Words count in upper and lower case. Where a signal has a variable of its own, that one wins over the one for all.

What the process finds of itself (`target_info` shows it) is read from the machine, and in Kubernetes from `POD_NAME`, `POD_NAMESPACE`,
`POD_UID`, `CONTAINER_NAME` and `NODE_NAME`, each also with `K8S_` before it. `NO_COLOR` takes the colours out of lines for
people. Proxies are not used.

This file is made of the table in `obs-runtime/src/config/variables.rs`; `UPDATE_EXPECT=1 cargo test -p obs-runtime --lib
config::tests::table` writes it anew.
";

const HEAD: &str =
    "| variable | what it does | value | default | `Builder::` |\n| --- | --- | --- | --- | --- |\n";

impl fmt::Display for Configuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Setting { name, value, origin } in &self.settings {
            writeln!(f, "{name} = {value} ({origin})")?;
        }
        for warning in &self.warnings {
            writeln!(f, "warning: {warning}")?;
        }
        self.error.iter().try_for_each(|error| writeln!(f, "error: {error}"))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::Environment(variable) => write!(f, "environment {variable}"),
            Origin::Builder(method) => write!(f, "builder {method}"),
        }
    }
}
