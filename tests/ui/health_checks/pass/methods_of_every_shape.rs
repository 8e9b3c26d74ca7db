#![deny(warnings, clippy::pedantic)]

use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use obs::__private::{CATALOG, CheckKind, Entry, HealthCheck, Missing, Run, States};
use obs::{Health, State, health_check, health_checks};

mod db {
    use std::sync::atomic::AtomicUsize;

    #[derive(Default)]
    pub struct Pool {
        pub asked: AtomicUsize,
    }
}

#[derive(Debug)]
struct Down(&'static str);

impl fmt::Display for Down {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

#[health_checks]
impl db::Pool {
    const LIMIT: usize = 100;

    /// The orders'
    /// database.
    ///
    /// More about it.
    #[health_check(name = "orders.database-1", critical, interval = "1.5s", timeout = "500ms", initial_delay = "30s",
        group = "storage", tags("eu-west", external))]
    async fn answers(&self, limit: State<u8>) -> Result<(), Down> {
        std::future::ready(()).await;
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        if asked < usize::from(*limit) { Ok(()) } else { Err(Down("asked too often")) }
    }

    #[health_check]
    fn defaults(&self) {
        self.count(); // the others are still its methods
    }

    #[obs::health_check(liveness, initial_delay = "0s")]
    fn blocking(self: &Self) -> bool {
        self.count() < Self::LIMIT
    }

    #[health_check(startup)]
    async fn degraded<'a>(&'a self, mine: State<Self>, also: State<(Self, u8)>) -> Health {
        std::future::ready(()).await;
        let same = std::ptr::eq(self, &raw const *mine);
        Health::degraded("slow").with("same", same).with("also", u64::from(also.1))
    }

    #[health_check]
    fn fallible(&self) -> Result<Health, Down> {
        if self.count() < 100 { Ok(Health::degraded("so so").with("asked", 1_u64)) } else { Err(Down("full")) }
    }

    #[health_check]
    fn without_a_value() -> Result<(), Down> {
        Err(Down("never well"))
    }

    #[health_check]
    async fn without_a_value_later(limit: State<u8>) -> bool {
        std::future::ready(*limit == 3).await
    }

    /// Its future is written out, as `#[async_trait]` does.
    #[health_check]
    fn boxed(&self) -> Pin<Box<dyn Future<Output = bool> + Send + '_>> {
        Box::pin(async move { self.count() < Self::LIMIT })
    }

    #[health_check(name = "one")]
    #[health_check(name = "other", liveness)]
    fn two_probes(&self) -> bool {
        self.count() < Self::LIMIT
    }

    #[health_check]
    #[cfg(any())]
    fn not_compiled(&self) -> Missing {}

    #[health_check(name = "either")]
    #[cfg(any())]
    fn either_not(&self) -> Missing {}

    #[health_check(name = "either")]
    #[cfg_attr(all(), cfg(not(any())))]
    fn either(&self) -> bool {
        self.count() < Self::LIMIT
    }

    fn count(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

#[health_checks]
#[cfg(any())]
impl NotThere {
    #[health_check]
    fn never(&self) {}
}

trait Limited {
    type Limit;
}

trait Probe<T>: Limited {
    fn by_reference(&self, limit: State<Self::Limit>) -> bool;
    fn by_none() -> Health;
    fn later(&self) -> impl Future<Output = Result<(), Down>> + Send;
}

struct Queue {
    waiting: u8,
}

impl Limited for Queue {
    type Limit = u8;
}

impl Probe<u64> for Queue {
    fn by_reference(&self, _: State<u8>) -> bool {
        false
    }

    fn by_none() -> Health {
        Health::unhealthy("the wrong trait")
    }

    async fn later(&self) -> Result<(), Down> {
        Err(Down("the wrong trait"))
    }
}

#[health_checks]
impl Probe<u8> for Queue {
    #[health_check]
    fn by_reference(&self, limit: State<Self::Limit>) -> bool {
        self.waiting < *limit
    }

    #[health_check]
    fn by_none() -> Health {
        Health::healthy()
    }

    #[health_check]
    async fn later(&self) -> Result<(), Down> {
        std::future::ready(()).await;
        if self.waiting > 1 { Ok(()) } else { Err(Down("too few")) }
    }
}

struct Borrowed<'a>(&'a str);

#[health_checks]
impl Borrowed<'_> {
    #[health_check]
    fn borrowed(&self) -> bool {
        self.0 == "static"
    }
}

fn check(name: &str) -> &'static HealthCheck {
    let mut checks = CATALOG.iter().filter_map(|entry| match entry {
        Entry::Health(check) if check.name == name => Some(*check),
        _ => None,
    });
    let check = checks.next().expect("the check is in the catalog");
    assert!(checks.next().is_none(), "`{name}` is in the catalog once");
    check
}

fn run(name: &str, states: &States) -> Result<String, Missing> {
    let health = match check(name).run {
        Run::Blocking(run) => run(states)?(),
        Run::Async(run) => {
            let mut run = pin!(run(states)?);
            match run.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(health) => health,
                Poll::Pending => panic!("`{name}` waits for nothing"),
            }
        }
    };
    Ok(health.to_string())
}

fn line_of(text: &str) -> u32 {
    let source = include_str!("methods_of_every_shape.rs");
    let before = source.lines().take_while(|line| !line.trim_start().starts_with(text)).count();
    u32::try_from(before + 1).unwrap()
}

fn main() {
    let full = check("orders.database-1");
    assert_eq!((full.kind, full.critical), (CheckKind::Readiness, true));
    assert_eq!((full.interval, full.timeout), (Duration::from_millis(1500), Duration::from_millis(500)));
    assert_eq!((full.initial_delay, full.group), (Duration::from_secs(30), "storage"));
    assert_eq!(full.tags, ["eu-west", "external"]);
    assert_eq!(full.doc, "The orders' database.");
    assert_eq!((full.module, full.line), (module_path!(), line_of("async fn answers(")));
    assert!(full.file.ends_with("methods_of_every_shape.rs"));
    assert!(matches!(full.run, Run::Async(_)) && matches!(check("boxed").run, Run::Async(_)));
    assert!(matches!(check("blocking").run, Run::Blocking(_)));
    let bare = check("defaults");
    assert_eq!((bare.initial_delay, bare.group, bare.tags), (Duration::ZERO, "", [].as_slice()));
    assert_eq!(check("blocking").kind, CheckKind::Liveness);
    assert_eq!((check("one").kind, check("other").kind), (CheckKind::Readiness, CheckKind::Liveness));
    assert!(!CATALOG.iter().any(|entry| matches!(entry, Entry::Health(check) if check.name == "not_compiled")));

    let states = States::default();
    for name in ["orders.database-1", "defaults", "blocking", "boxed", "one", "either"] {
        let Missing(missing) = run(name, &states).expect_err("nobody provided it");
        assert!(missing.ends_with("db::Pool"), "{missing}");
    }
    assert!(run("by_reference", &states).is_err_and(|Missing(name)| name.ends_with("Queue")));
    assert_eq!(run("without_a_value", &states).as_deref(), Ok("unhealthy: never well"));
    assert_eq!(run("by_none", &states).as_deref(), Ok("healthy"));

    states.provide(db::Pool::default());
    assert_eq!(run("orders.database-1", &states), Err(Missing("u8")));
    states.provide(3_u8);
    states.provide((db::Pool::default(), 7_u8));
    states.provide(Queue { waiting: 1 });
    states.provide(Borrowed("static"));
    let said: Vec<_> = (0..4).map(|_| run("orders.database-1", &states).unwrap()).collect();
    assert_eq!(said, ["healthy", "healthy", "healthy", "unhealthy: asked too often"], "all ask one value");
    for name in ["defaults", "blocking", "without_a_value_later", "boxed", "one", "other", "either"] {
        assert_eq!(run(name, &states).as_deref(), Ok("healthy"), "{name}");
    }
    assert_eq!(run("degraded", &states).as_deref(), Ok("degraded: slow"));
    assert_eq!(run("fallible", &states).as_deref(), Ok("degraded: so so"));
    assert_eq!(run("by_reference", &states).as_deref(), Ok("healthy"));
    assert_eq!(run("later", &states).as_deref(), Ok("unhealthy: too few"));
    assert_eq!(run("borrowed", &states).as_deref(), Ok("healthy"));

}
