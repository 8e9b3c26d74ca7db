#![deny(warnings, clippy::pedantic)]

use std::fmt;
use std::time::Duration;

use obs::__private::{CATALOG, CheckKind, Entry, HealthCheck, Run};
use obs::{Health, State, health_check};

struct Pool {
    open: bool,
}

#[derive(Debug)]
struct Down;

impl fmt::Display for Down {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("down")
    }
}

/// The orders'
/// database.
///
/// More about it.
#[health_check(name = "orders.database-1", readiness, critical, interval = "1.5s", timeout = "500ms", failures = 5, successes = 2,
    initial_delay = "30s", group = "storage/orders", tags("eu-west", external))]
#[allow(clippy::unused_async)] // it stands for one that waits
async fn database(pool: State<Pool>, other: State<u8>) -> Result<(), Down> {
    if pool.open && *other > 0 { Ok(()) } else { Err(Down) }
}

#[health_check]
fn defaults() {}

#[health_check(liveness)]
fn blocking(pool: obs::State<Pool>) -> bool {
    pool.open
}

#[health_check(name = "one", liveness)]
#[health_check(name = "other", startup)]
fn two_probes(pool: State<Pool>) -> bool {
    pool.open
}

#[health_check(startup)]
#[obs::traced]
async fn also_traced() -> Health {
    Health::healthy()
}

#[health_check(initial_delay = "0s", tags(r#type))]
fn written_out() -> impl Future<Output = Result<Health, Down>> + Send {
    std::future::ready(Ok(Health::degraded("slow")))
}

#[health_check]
#[cfg(any())]
fn not_compiled() -> Missing {}

fn check(name: &str) -> &'static HealthCheck {
    CATALOG
        .iter()
        .find_map(|entry| match entry {
            Entry::Health(check) if check.name == name => Some(*check),
            _ => None,
        })
        .expect("the check is in the catalog")
}

fn line_of(text: &str) -> u32 {
    let source = include_str!("checks_of_every_shape.rs");
    let before = source.lines().take_while(|line| !line.starts_with(text)).count();
    u32::try_from(before + 1).unwrap()
}

fn main() {
    let full = check("orders.database-1");
    assert_eq!((full.kind, full.critical), (CheckKind::Readiness, true));
    assert_eq!((full.interval, full.timeout), (Duration::from_millis(1500), Duration::from_millis(500)));
    assert_eq!((full.failures, full.successes), (5, 2));
    assert_eq!((full.initial_delay, full.group), (Duration::from_secs(30), "storage/orders"));
    assert_eq!(full.tags, ["eu-west", "external"]);
    assert_eq!(full.doc, "The orders' database.");
    assert_eq!(full.module, module_path!());
    assert!(matches!(full.run, Run::Async(_)));

    assert_eq!(full.line, line_of("async fn database("));

    let bare = check("defaults");
    assert_eq!((bare.kind, bare.critical), (CheckKind::Readiness, false));
    assert_eq!((bare.interval, bare.timeout), (Duration::from_secs(10), Duration::from_secs(1)));
    assert_eq!((bare.failures, bare.successes), (3, 1));
    assert_eq!((bare.initial_delay, bare.group, bare.tags), (Duration::ZERO, "", [].as_slice()));
    assert!(matches!(bare.run, Run::Blocking(_)));

    let written_out = check("written_out");
    assert!(matches!(written_out.run, Run::Async(_)));
    assert_eq!((written_out.initial_delay, written_out.tags), (Duration::ZERO, ["type"].as_slice()));

    assert_eq!(check("blocking").kind, CheckKind::Liveness);
    assert_eq!((check("one").kind, check("other").kind), (CheckKind::Liveness, CheckKind::Startup));
    assert_eq!(check("also_traced").kind, CheckKind::Startup);
    let traced = CATALOG
        .iter()
        .any(|entry| matches!(entry, Entry::Function(callsite) if callsite.site().name == "also_traced"));
    assert!(traced);
}
