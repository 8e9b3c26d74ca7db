//! `build_info`: which build of the program this is.

use std::borrow::Cow;
use std::sync::Arc;

use crate::record::{Attribute, Family, MetricKind, MetricSource, MetricVisitor, Point, Resource, Value};

const NAME: &str = "build_info";

pub(super) const NAMES: &[&str] = &[NAME];

/// Which build of the program this is; made by [`build_info!`](crate::build_info), for
/// [`Builder::build_info`](crate::Builder::build_info).
///
/// Only the program's own crate knows its version, so a library cannot fill it in by itself. What is not said here comes
/// from the resource: `service.version`, and `vcs.ref.head.revision` for the commit; what is said here is there too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuildInfo {
    version: Option<Cow<'static, str>>,
    commit: Option<Cow<'static, str>>,
}

impl BuildInfo {
    /// Says nothing yet.
    pub const fn new() -> Self {
        BuildInfo { version: None, commit: None }
    }

    /// Sets the version of the program, as in `1.4.0`.
    #[must_use]
    pub fn version(self, version: impl Into<Cow<'static, str>>) -> Self {
        BuildInfo { version: Some(version.into()), ..self }
    }

    /// Sets the commit that it was built from.
    #[must_use]
    pub fn commit(self, commit: impl Into<Cow<'static, str>>) -> Self {
        BuildInfo { commit: Some(commit.into()), ..self }
    }

    /// Tells the resource what the program said: options in code win over the environment.
    pub(crate) fn tell(&self, resource: &mut Resource) {
        let mut tell = |key: &'static str, value: &Option<Cow<'static, str>>| {
            let Some(value) = value else { return };
            resource.attributes.retain(|a| a.key != key);
            resource.attributes.push(Attribute { key: key.into(), value: Value::Str(value.clone()) });
        };
        tell("service.version", &self.version);
        tell("vcs.ref.head.revision", &self.commit);
    }

    /// Fills in what the resource tells.
    fn or(self, resource: &Resource) -> Self {
        let said = |key: &str| {
            let is = |a: &&Attribute| a.key == key;
            match &resource.attributes.iter().find(is)?.value {
                Value::Str(text) => Some(text.clone()),
                _ => None,
            }
        };
        BuildInfo {
            version: self.version.or_else(|| said("service.version")),
            commit: self.commit.or_else(|| said("vcs.ref.head.revision")),
        }
    }
}

/// Returns the [`BuildInfo`] of the crate in which it is written: its version by Cargo, and the commit if one of the
/// variables `OBS_BUILD_COMMIT`, `VERGEN_GIT_SHA`, `GIT_COMMIT`, `GITHUB_SHA` and `CI_COMMIT_SHA` was set when it was
/// compiled.
///
/// Write it in the program's own crate:
///
/// ```
/// # extern crate obs_runtime as obs;
/// # mod obs { pub use obs::*; }
/// let builder = obs::builder().build_info(obs::build_info!());
/// # let _ = builder;
/// ```
#[macro_export]
macro_rules! build_info {
    () => {{
        let info = $crate::BuildInfo::new().version(::core::env!("CARGO_PKG_VERSION"));
        let commits = [
            ::core::option_env!("OBS_BUILD_COMMIT"),
            ::core::option_env!("VERGEN_GIT_SHA"),
            ::core::option_env!("GIT_COMMIT"),
            ::core::option_env!("GITHUB_SHA"),
            ::core::option_env!("CI_COMMIT_SHA"),
        ];
        match commits.into_iter().flatten().find(|commit| !commit.is_empty()) {
            ::core::option::Option::Some(commit) => info.commit(commit),
            ::core::option::Option::None => info,
        }
    }};
}

/// Returns the metric `build_info`, of a process with this resource.
pub(crate) fn source(info: BuildInfo, resource: &Resource) -> Arc<dyn MetricSource> {
    Arc::new(Build(info.or(resource)))
}

struct Build(BuildInfo);

impl MetricSource for Build {
    fn visit(&self, visitor: &mut dyn MetricVisitor) {
        let help = "The build of the program, and the compiler that built it.";
        visitor.family(&Family { name: NAME, help, unit: "", kind: MetricKind::Info });
        let labels = [
            ("version", self.0.version.as_deref()),
            ("commit", self.0.commit.as_deref()),
            ("rustc", option_env!("OBS_RUSTC_VERSION")),
        ];
        let known: Vec<(&str, &str)> =
            labels.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
        visitor.point(&known, Point::Gauge(1.0));
    }
}
