//! The shop over a broker that goes away and comes back, as `/readyz` tells it.

use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use obs_tests::{Program, Scrape, example, free_port, wait_for};
use serde_json::{Value, json};

use super::prober::{Watcher, probe};
use crate::broker::Broker;

/// What `examples/shop/bus/mod.rs` says of its check.
const INTERVAL: Duration = Duration::from_secs(1);
const TIMEOUT: Duration = Duration::from_millis(500);
const FAILURES: u32 = 2;
const SUCCESSES: u32 = 2;

/// How much earlier or later than the interval a run may begin.
const JITTER: f64 = 0.1;

/// What a machine that is busy with other tests may add.
const SLACK: Duration = Duration::from_secs(5);

/// The least time from a first failure to the last that counts.
fn least(runs: u32) -> Duration {
    INTERVAL.mul_f64(1.0 - JITTER) * (runs - 1)
}

/// The most time until so many runs have ended.
fn most(runs: u32) -> Duration {
    (INTERVAL.mul_f64(1.0 + JITTER) + TIMEOUT) * runs
}

/// The shop, watched from before its start.
struct Shop {
    broker: Broker,
    admin: SocketAddr,
    orders: String,
    program: Program,
    ready: Watcher,
    alive: Watcher,
}

impl Shop {
    /// Starts it while its broker is away, and starts the broker.
    fn open() -> Self {
        let mut broker = Broker::start();
        broker.stop();
        let admin = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let ready = Watcher::start(admin, "/readyz", Duration::from_millis(20));
        let alive = Watcher::start(admin, "/livez", Duration::from_millis(50));
        wait_for("a probe that nobody answers", || (ready.codes() == [None]).then_some(()));
        let mut command = example("shop");
        let port = admin.port().to_string();
        command.args(["--bus", "nats", "--nats", &broker.url(), "--port", "0", "--admin-port", &port]);
        command
            .args(["--rate", "10"])
            .env("OBS_LOG", "warn,obs::health=info")
            .env("OBS_SHUTDOWN_DELAY", "2s");
        let mut program = Program::start(&mut command);
        program.wait_for_word("waiting ");
        ready.wait_for(503);
        alive.wait_for(200);
        let (_, body) = probe(admin, "/readyz", SLACK).unwrap();
        assert!(body.starts_with("not ready: bus: no value of type `shop::bus::Bus` was provided"), "{body}");
        broker.start_again();
        let began = Instant::now();
        let orders = program.wait_for_word("api: ");
        let took = ready.wait_for(200).duration_since(began);
        // It is asked as soon as there is something to ask.
        assert!(took <= most(1) + SLACK, "{took:?}");
        Shop { broker, admin, orders, program, ready, alive }
    }

    /// Returns the status of an order's answer.
    fn order(&self) -> u16 {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(4 * SLACK))
            .build()
            .into();
        let order = json!({"item": "lamp", "region": "eu", "card": "visa"}).to_string();
        let request = agent.post(&self.orders).header("content-type", "application/json");
        request.send(order).unwrap().status().as_u16()
    }

    /// Returns the gauge of the bus' state, and how often the check ran.
    fn metrics(&self) -> (f64, f64) {
        let labels = [("check", "bus"), ("kind", "readiness")];
        wait_for("metrics of the check", || {
            let scrape = Scrape::of(&self.admin.to_string())?;
            let of = |name| scrape.sum(name, &labels);
            Some((of("health_check_status")?, of("health_check_duration_seconds_count")?))
        })
    }

    /// Returns what was logged of a check, in turn: from which state to which, and the sentence.
    fn told(&self, check: &str) -> Vec<(String, String)> {
        let output = self.program.output();
        let lines = output.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let of_check = lines.filter(|l| l["target"] == "obs::health" && l["fields"]["check"] == check);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        of_check.map(|line| (text(&line["fields"]["from"]), text(&line["message"]))).collect()
    }

    /// Asserts what must hold however the broker was, and closes.
    fn close(mut self, reason: &str) {
        assert_eq!(self.ready.codes(), [None, Some(503), Some(200), Some(503), Some(200)]);
        assert_eq!(self.alive.codes(), [None, Some(200)], "the broker is no reason to begin anew");
        for (path, watcher) in [("/readyz", &self.ready), ("/livez", &self.alive)] {
            let (probes, slowest) = watcher.cost();
            assert!(probes > 50 && slowest < Duration::from_secs(1), "{path}: {probes} probes, {slowest:?}");
        }
        let told = self.told("bus");
        let told: Vec<_> = told.iter().map(|(from, message)| (from.as_str(), message.as_str())).collect();
        let unhealthy = format!("health check `bus` is unhealthy: {reason}");
        let healthy = "health check `bus` is healthy";
        assert_eq!(told, [("unknown", healthy), ("healthy", unhealthy.as_str()), ("unhealthy", healthy)]);
        let asked = Instant::now();
        self.program.signal("TERM");
        self.ready.wait_for(503);
        assert_eq!(
            probe(self.admin, "/readyz", SLACK).unwrap().1,
            "not ready: shutdown: the process is about to end\n"
        );
        assert_eq!(self.order(), 201, "it serves on");
        assert!(self.program.wait().success(), "{}", self.program.output());
        assert!(asked.elapsed() >= Duration::from_secs(2), "{:?}", asked.elapsed());
        let alive = self.alive.codes();
        assert_eq!(alive, [None, Some(200), None][..alive.len()], "alive to the end");
    }
}

/// Takes the broker away by `away`, and brings it back by `back`; asserts the timeline.
fn outage(shop: &mut Shop, reason: &str, away: fn(&mut Broker), back: fn(&mut Broker)) {
    assert_eq!(shop.order(), 201);
    let (status, runs) = shop.metrics();
    assert!((status - 1.0).abs() < f64::EPSILON, "{status}");
    let scraped = Instant::now();

    let asked = Instant::now();
    away(&mut shop.broker);
    let gone = Instant::now();
    let (orders, admin) =
        (thread::scope(|at_once| at_once.spawn(|| shop.order()).join().unwrap()), shop.admin);
    assert_eq!(orders, 503, "an order without a bus is refused");
    let unready = shop.ready.wait_for(503);
    assert!(unready.duration_since(asked) >= least(FAILURES), "{:?}", unready.duration_since(asked));
    assert!(unready.duration_since(gone) <= most(FAILURES) + SLACK, "{:?}", unready.duration_since(gone));
    let (_, body) = probe(admin, "/readyz", SLACK).unwrap();
    assert_eq!(body, format!("not ready: bus: {reason}\n"));
    let (status, _) = shop.metrics();
    assert!(status.abs() < f64::EPSILON, "{status}");

    back(&mut shop.broker);
    let there = Instant::now();
    let ready = shop.ready.wait_for(200);
    assert!(ready.duration_since(there) <= most(SUCCESSES) + SLACK, "{:?}", ready.duration_since(there));
    wait_for("an order", || (shop.order() == 201).then_some(()));
    let (status, later) = shop.metrics();
    assert!((status - 1.0).abs() < f64::EPSILON, "{status}");

    // As many runs as the schedule allows, however many probes came.
    let (took, runs) = (scraped.elapsed().as_secs_f64(), later - runs);
    let fewest = (took - SLACK.as_secs_f64()) / most(1).as_secs_f64() - 1.0;
    let most = took / least(2).as_secs_f64() + 1.0;
    assert!(fewest <= runs && runs <= most, "{runs} runs in {took} s, not {fewest} to {most}");
}

#[test]
fn a_broker_that_is_stopped_and_started_again_is_a_timeline() {
    let mut shop = Shop::open();
    let reason = "the broker does not answer";
    outage(&mut shop, reason, Broker::stop, Broker::start_again);
    shop.close(reason);
}

#[test]
fn a_broker_that_hangs_is_the_same_timeline() {
    let mut shop = Shop::open();
    let reason = "no answer within 500ms";
    outage(&mut shop, reason, |broker| broker.freeze(), |broker| broker.thaw());
    shop.close(reason);
}
