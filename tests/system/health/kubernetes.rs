//! What becomes of a container under Kubernetes, by what its checks say.

use std::time::Duration;

use super::kubelet::{Asks, Event, Kubelet, Manifest, Probe};
use super::probed::Probed;

const MANIFEST: Manifest = Manifest {
    startup: Probe { failure_threshold: 600, ..Probe::of(Asks::HttpGet("/startupz")) },
    liveness: Probe::of(Asks::HttpGet("/livez")),
    readiness: Probe::of(Asks::HttpGet("/readyz")),
    grace_period: Duration::from_secs(30),
};

/// The same by gRPC.
const BY_GRPC: Manifest = Manifest {
    startup: Probe { asks: Asks::Grpc("startup"), ..MANIFEST.startup },
    liveness: Probe::of(Asks::Grpc("liveness")),
    readiness: Probe::of(Asks::Grpc("")),
    ..MANIFEST
};

fn run(manifest: Manifest, words: &[&str]) -> Kubelet {
    Kubelet::run(manifest, Probed::start(words, |_| {}))
}

/// One that gets traffic.
fn ready(manifest: Manifest, words: &[&str]) -> Kubelet {
    let mut kubelet = run(manifest, words);
    kubelet.container().say("started", "");
    kubelet.until_event(Event::Ready);
    assert_eq!(kubelet.events(), [Event::Started, Event::Ready]);
    kubelet
}

#[test]
fn a_slow_start_is_waited_for_and_nothing_else_is_asked_meanwhile() {
    let mut kubelet = run(MANIFEST, &[]);
    kubelet.container().say("alive", "not yet"); // would restart it
    kubelet.until(|it| it.asked()[0] >= 20);
    assert_eq!((&kubelet.asked()[1..], kubelet.events()), (&[0, 0][..], &[][..]));
    kubelet.container().say("alive", "ok");
    let runs = kubelet.container().runs("alive");
    kubelet.until(|it| it.container().runs("alive") >= runs + 2.0);
    kubelet.container().say("started", "");
    kubelet.until_event(Event::Ready);
    kubelet.probes(10);
    assert_eq!(kubelet.events(), [Event::Started, Event::Ready]);
}

#[test]
fn a_start_that_takes_too_long_begins_again() {
    let startup = Probe { initial_delay: Duration::from_millis(500), ..MANIFEST.startup };
    let mut kubelet = run(Manifest { startup: Probe { failure_threshold: 20, ..startup }, ..MANIFEST }, &[]);
    kubelet.until_event(Event::Restarted("startup"));
    kubelet.container().say("started", "");
    kubelet.until_event(Event::Ready);
    assert_eq!(kubelet.events(), [Event::Restarted("startup"), Event::Started, Event::Ready]);
}

#[test]
fn a_dependency_that_is_away_takes_it_out_of_the_endpoints_and_restarts_nobody() {
    for manifest in [MANIFEST, BY_GRPC] {
        let mut kubelet = ready(manifest, &[]);
        kubelet.container().say("dependency", "connection refused");
        kubelet.until_event(Event::NotReady);
        kubelet.probes(20);
        kubelet.container().say("dependency", "ok");
        kubelet.until_event(Event::Ready);
        kubelet.probes(10);
        assert_eq!(kubelet.events(), [Event::Started, Event::Ready, Event::NotReady, Event::Ready]);
    }
}

/// Has its runtime stand still; `told` is what the check says that notices.
fn stands_still(words: &[&str], told: &str) {
    let mut kubelet = ready(MANIFEST, words);
    kubelet.container().say("deadlock", "");
    kubelet.until_event(Event::Restarted("liveness"));
    let output = kubelet.container().earlier();
    assert!(output.contains(told), "{output}");
    kubelet.until_event(Event::Ready);
    kubelet.probes(10);
    // Only liveness matters: nothing that readiness asks runs on what stands still.
    let events: Vec<_> = kubelet.events().iter().filter(|event| **event != Event::NotReady).collect();
    assert_eq!(
        events,
        [&Event::Started, &Event::Ready, &Event::Restarted("liveness"), &Event::Started, &Event::Ready]
    );
}

#[test]
fn a_runtime_that_stands_still_is_restarted() {
    stands_still(&[], "health check `alive` is unhealthy: has not begun after ");
    let lag = "health check `event_loop` is unhealthy: the program's runtime has polled nothing for ";
    stands_still(&["event-loop"], lag);
}

#[test]
fn what_is_degraded_goes_on_as_before_and_can_be_seen() {
    let mut kubelet = ready(MANIFEST, &[]);
    for check in ["dependency", "alive"] {
        kubelet.container().say(check, "degraded the cache is cold");
    }
    for (path, check) in [("/readyz?verbose", "dependency"), ("/livez?verbose", "alive")] {
        kubelet.until(|it| {
            let (code, body) = it.container().ask(path);
            assert_eq!(code, 200, "{body}");
            body.contains(&format!("[+]{check} degraded: the cache is cold ("))
        });
        let status = kubelet.container().metric("health_check_status", &[("check", check)]);
        assert!((status - 0.5).abs() < f64::EPSILON, "{status}");
    }
    kubelet.probes(20);
    assert_eq!(kubelet.events(), [Event::Started, Event::Ready]);
}

#[test]
fn a_shutdown_that_has_begun_takes_it_out_of_the_endpoints_and_restarts_nobody() {
    for manifest in [MANIFEST, BY_GRPC] {
        let mut kubelet = ready(manifest, &[]);
        kubelet.container().say("shutdown", "");
        kubelet.until_event(Event::NotReady);
        kubelet.probes(20);
        assert_eq!(kubelet.events(), [Event::Started, Event::Ready, Event::NotReady]);
    }
}
