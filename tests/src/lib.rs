//! What the tests share: programs that are started and ended, conditions that are waited for, scrapes that are read.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test fails by panicking

mod program;
mod scrape;

pub use program::{Program, example, free_port, scratch_dir, shop, workspace_root};
pub use scrape::Scrape;

use std::time::{Duration, Instant};

/// Waits until `condition` gives a value, at most 60 seconds; `what` says what was waited for.
pub fn wait_for<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(value) = condition() {
            return value;
        }
        assert!(Instant::now() < deadline, "waited 60 s for {what}");
        std::thread::sleep(Duration::from_millis(20)); // the pause of a poll, not a guess
    }
}

/// Gets a page: its status and body. `None` where nobody answers.
pub fn get(url: &str) -> Option<(u16, String)> {
    get_as(url, "*/*")
}

/// Gets a page in the form that `accept` asks for.
pub fn get_as(url: &str, accept: &str) -> Option<(u16, String)> {
    get_with(url, &[("accept", accept)])
}

/// Gets a page with these headers; a name may come twice.
pub fn get_with(url: &str, headers: &[(&str, &str)]) -> Option<(u16, String)> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(10)))
        .build()
        .into();
    let request = headers.iter().fold(agent.get(url), |request, (name, value)| request.header(*name, *value));
    let mut response = request.call().ok()?;
    let body = response.body_mut().read_to_string().ok()?;
    Some((response.status().as_u16(), body))
}

/// The README's snippets are tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;

/// So are those of the page about health.
#[cfg(doctest)]
#[doc = include_str!("../../docs/health.md")]
pub struct HealthPage;
