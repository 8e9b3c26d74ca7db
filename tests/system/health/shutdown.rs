//! The end of a service: it is not ready any more, serves on for a while, and then ends with everything delivered.

use std::net::SocketAddr;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

use obs::testing::FaultyCollector;
use obs_tests::wait_for;

use super::probed::Probed;
use super::prober::{Watcher, probe};

const DELAY: Duration = Duration::from_secs(2);

/// Longer than anything takes that is not on purpose.
const SOON: Duration = Duration::from_secs(20);

/// A service with a delay at its end, that is ready.
struct Served {
    probed: Probed,
    collector: FaultyCollector,
    work: SocketAddr,
    answered: usize,
}

impl Served {
    fn start(delay: &str) -> Self {
        let collector = FaultyCollector::start().unwrap();
        let endpoint = format!("{}/v1/traces", collector.endpoint());
        let prepare = |command: &mut Command| {
            command
                .env("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", endpoint)
                .env("OTEL_BSP_SCHEDULE_DELAY", "600000") // nothing leaves but at the end
                .env("OBS_SHUTDOWN_DELAY", delay);
        };
        let mut probed = Probed::start(&[], prepare);
        probed.say("started", "");
        let work = probed.program().wait_for_word("work: ").parse().unwrap();
        wait_for("readiness", || (probe(probed.admin(), "/readyz", SOON).ok()?.0 == 200).then_some(()));
        let mut served = Served { probed, collector, work, answered: 0 };
        served.serves();
        served
    }

    /// Has it do some work.
    fn serves(&mut self) {
        assert_eq!(probe(self.work, "/work", SOON).unwrap(), (200, "done\n".to_owned()));
        self.answered += 1;
    }

    /// Asserts that it is about to end, and says so: not ready, alive, and at work as before.
    fn is_leaving(&mut self, ready: &Watcher) -> Instant {
        let since = ready.wait_for(503);
        for (path, code) in [("/readyz", 503), ("/healthz", 503), ("/livez", 200), ("/startupz", 200)] {
            assert_eq!(self.probed.ask(path).0, code, "{path}");
        }
        assert!(self.probed.ask("/readyz?verbose").1.contains("[+]dependency ok"), "the checks are well");
        self.serves();
        since
    }

    /// Asserts that it answered 503 from `began` on and went on for the delay, and that all its work arrived.
    fn ended(&self, began: Instant, since: Instant) {
        let took = began.elapsed();
        assert!(since.duration_since(began) < Duration::from_secs(1), "{:?}", since.duration_since(began));
        assert!(took >= DELAY && took < DELAY + SOON, "{took:?}");
        assert!(
            probe(self.work, "/work", SOON).is_err() && probe(self.probed.admin(), "/livez", SOON).is_err()
        );
        let spans = self.collector.spans();
        let work = spans.iter().filter(|span| span.name == "work").count();
        assert_eq!(work, self.answered, "{spans:?}");
    }

    fn wait(&mut self) -> ExitStatus {
        let ended = self.probed.program().wait_within(2 * SOON);
        ended.unwrap_or_else(|| panic!("{}", self.probed.program().output()))
    }
}

fn watch(served: &Served) -> Watcher {
    let ready = Watcher::start(served.probed.admin(), "/readyz", Duration::from_millis(20));
    ready.wait_for(200);
    ready
}

#[test]
fn a_signal_takes_it_out_of_traffic_first_and_ends_it_when_the_delay_is_over() {
    let mut served = Served::start("2s");
    let ready = watch(&served);
    let began = Instant::now();
    served.probed.program().signal("TERM");
    let since = served.is_leaving(&ready);
    let status = served.wait();
    assert_eq!(status.signal(), Some(libc::SIGTERM), "{status}");
    served.ended(began, since);
}

#[test]
fn the_guards_drop_takes_it_out_of_traffic_first_and_goes_on_when_the_delay_is_over() {
    let mut served = Served::start("2s");
    let ready = watch(&served);
    let began = Instant::now();
    served.probed.say("end", "");
    let since = served.is_leaving(&ready);
    let status = served.wait();
    assert!(status.success(), "{status}");
    served.ended(began, since);
}

#[test]
fn a_shutdown_that_began_by_itself_is_waited_for_once() {
    let mut served = Served::start("2s");
    let ready = watch(&served);
    let began = Instant::now();
    served.probed.say("shutdown", "");
    let since = served.is_leaving(&ready);
    std::thread::sleep(DELAY.saturating_sub(began.elapsed())); // the delay of this test
    let ends = Instant::now();
    served.probed.say("end", "");
    assert!(served.wait().success());
    assert!(ends.elapsed() < DELAY, "the delay was over: {:?}", ends.elapsed());
    served.ended(began, since);
}

#[test]
fn a_second_signal_does_not_wait_for_the_delay() {
    let mut served = Served::start("10m");
    let ready = watch(&served);
    served.probed.program().signal("TERM");
    served.is_leaving(&ready);
    served.probed.program().signal("TERM");
    let status = served.wait();
    assert_eq!(status.signal(), Some(libc::SIGTERM), "{status}");
}

#[test]
fn without_a_delay_it_ends_at_once() {
    let mut served = Served::start("0s");
    let began = Instant::now();
    served.probed.program().signal("TERM");
    assert_eq!(served.wait().signal(), Some(libc::SIGTERM));
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    let spans = served.collector.spans();
    assert_eq!(spans.iter().filter(|span| span.name == "work").count(), 1, "{spans:?}");
}
