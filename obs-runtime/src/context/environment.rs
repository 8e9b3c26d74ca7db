//! The context of command-line programs and batch jobs: environment variables.

use std::ffi::OsStr;
use std::ops::ControlFlow;
use std::process::Command;

use super::Carrier;

/// The environment of this process, which its starter may have given a context: `TRACEPARENT`, `TRACESTATE`, `BAGGAGE` and
/// the like, names in upper case with `_` for whatever is neither letter nor digit (OpenTelemetry specification, "Environment
/// Variables as Context Propagation Carriers").
///
/// It is read only: an environment is not changed while a program runs. Give a context on with the environment of what is
/// started: [`Command`] is a carrier.
///
/// ```
/// # extern crate obs_runtime as obs;
/// # mod obs { pub use obs::*; }
/// #[derive(Debug)]
/// struct Job;
/// let caller = obs::extract(&obs::Environment);
/// let span = obs::continue_from(&caller, || tracing::info_span!("nightly"));
/// span.in_scope(|| {
///     let mut next = std::process::Command::new("report");
///     obs::inject(&mut next); // TRACEPARENT of this span
/// });
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Environment;

impl Carrier for Environment {
    fn get_all(&self, name: &str, each: &mut dyn FnMut(&[u8]) -> ControlFlow<()>) -> ControlFlow<()> {
        given(std::env::var_os(variable(name)).as_deref(), each)
    }

    /// Does nothing.
    fn set(&mut self, _: &'static str, _: &str) {}

    /// Does nothing.
    fn remove(&mut self, _: &'static str) {}

    fn kind(&self) -> &'static str {
        "environment"
    }
}

/// The environment of a process that is to be started. What that inherits is not looked at.
impl Carrier for Command {
    fn get_all(&self, name: &str, each: &mut dyn FnMut(&[u8]) -> ControlFlow<()>) -> ControlFlow<()> {
        let name = variable(name);
        let known = self.get_envs().find(|(key, _)| *key == name.as_str());
        given(known.and_then(|(_, value)| value), each)
    }

    fn set(&mut self, name: &'static str, value: &str) {
        self.env(variable(name), value);
    }

    /// Keeps this process' own value from being inherited, too.
    fn remove(&mut self, name: &'static str) {
        self.env_remove(variable(name));
    }

    fn kind(&self) -> &'static str {
        "environment"
    }
}

/// Shows the value of a variable; one that is empty is none.
fn given(value: Option<&OsStr>, each: &mut dyn FnMut(&[u8]) -> ControlFlow<()>) -> ControlFlow<()> {
    match value.filter(|value| !value.is_empty()) {
        Some(value) => each(value.as_encoded_bytes()),
        None => ControlFlow::Continue(()),
    }
}

/// Returns the variable of a header.
fn variable(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test fails by panicking
mod tests {
    use super::*;
    use crate::testing::capture;

    #[test]
    fn a_program_that_is_started_gets_the_context() {
        capture(|_| {
            let span = tracing::info_span!("nightly");
            let _entered = span.enter();
            let mut next = Command::new("report");
            crate::inject(&mut next);
            let current = crate::current().unwrap();
            let found = crate::extract(&next).span_context().unwrap();
            assert_eq!((found.trace_id, found.span_id), (current.trace_id, current.span_id));
            let names: Vec<_> =
                next.get_envs().filter(|(_, value)| value.is_some()).map(|(key, _)| key).collect();
            assert_eq!(names, ["TRACEPARENT"]);
            assert!(next.get_envs().any(|(key, value)| key == "BAGGAGE" && value.is_none()), "not inherited");
        });
    }

    /// Starts this test again, as the job.
    #[test]
    fn a_job_continues_from_what_it_was_started_with() {
        const ITSELF: &str = "context::environment::tests::a_job_continues_from_what_it_was_started_with";
        if let Ok(caller) = std::env::var("CALLER") {
            let found = crate::extract(&Environment);
            assert_eq!(found.span_context().unwrap().span_id.to_string(), caller);
            assert_eq!(found.baggage().get("tenant").as_deref(), Some("acme"));
            assert!(values(&Environment, "tracestate").is_empty(), "an empty variable is none");
            return;
        }
        capture(|_| {
            let mut job = Command::new(std::env::current_exe().unwrap());
            let span = tracing::info_span!("nightly");
            span.in_scope(|| {
                let context = crate::Context::current().with_baggage("tenant", "acme");
                context.in_scope(|| crate::inject(&mut job));
                job.env("CALLER", crate::current().unwrap().span_id.to_string()).env("TRACESTATE", "");
            });
            assert!(values(&job, "tracestate").is_empty(), "likewise");
            let output = String::from_utf8(job.args(["--exact", ITSELF]).output().unwrap().stdout).unwrap();
            assert!(output.contains("1 passed"), "{output}");
        });
    }

    fn values(carrier: &impl Carrier, name: &str) -> Vec<Vec<u8>> {
        let mut values = Vec::new();
        let _all = carrier.get_all(name, &mut |value| {
            values.push(value.to_vec());
            ControlFlow::Continue(())
        });
        values
    }

    #[test]
    fn names_are_those_of_variables() {
        assert_eq!(variable("x-b3-traceid"), "X_B3_TRACEID");
        assert_eq!(variable("traceparent"), "TRACEPARENT");
    }
}
