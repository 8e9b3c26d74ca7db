//! Many probes, and checks that misbehave.

use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use obs_tests::wait_for;

use super::probed::Probed;
use super::prober::probe;

/// The interval of `probed`'s checks; the least that lies between two runs is nine tenths of it.
const INTERVAL: Duration = Duration::from_millis(100);

/// One that has started, is ready and alive.
fn well(words: &[&str]) -> Probed {
    let mut probed = Probed::start(words, |_| {});
    probed.program().wait_for_word("admin: ");
    probed.say("started", "");
    for path in ["/startupz", "/livez"] {
        wait_for(path, || (probed.ask(path).0 == 200).then_some(()));
    }
    probed
}

#[test]
fn a_thousand_probes_a_second_never_call_a_check() {
    const CLIENTS: u32 = 4;
    const EACH: u32 = 1_000;
    let probed = well(&[]);
    wait_for("readiness", || (probed.ask("/readyz").0 == 200).then_some(()));
    let before = ["dependency", "alive"].map(|check| probed.runs(check));
    let began = Instant::now();
    let mut times: Vec<Duration> = thread::scope(|clients| {
        let ask = || -> Vec<Duration> {
            let each = |number: u32| {
                let due = began + Duration::from_millis(u64::from(CLIENTS * number));
                thread::sleep(due.saturating_duration_since(Instant::now()));
                let path = if number.is_multiple_of(2) { "/readyz" } else { "/livez?verbose" };
                let (asked, answer) = (Instant::now(), probe(probed.admin(), path, Duration::from_secs(30)));
                assert_eq!(answer.unwrap().0, 200, "{path}");
                asked.elapsed()
            };
            (0..EACH).map(each).collect()
        };
        let clients: Vec<_> = (0..CLIENTS).map(|_| clients.spawn(ask)).collect();
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    });
    let took = began.elapsed();
    let after = ["dependency", "alive"].map(|check| probed.runs(check));
    times.sort();
    let (median, slowest) = (times[times.len() / 2], times[times.len() - 1]);
    println!("{} probes in {took:?}: median {median:?}, slowest {slowest:?}", times.len());
    for (before, after) in before.into_iter().zip(after) {
        let most = took.as_secs_f64() / (0.9 * INTERVAL.as_secs_f64()) + 2.0;
        assert!(after - before >= 5.0 && after - before <= most, "{} runs in {took:?}", after - before);
    }
    // A second for each second's worth; ten times that where others are at work.
    assert!(took < Duration::from_secs(40), "{took:?}");
    assert!(
        median < Duration::from_millis(100) && slowest < Duration::from_secs(5),
        "{median:?}, {slowest:?}"
    );
}

/// A server that takes connections and never answers.
struct Silent(TcpListener);

impl Silent {
    fn start() -> Self {
        Silent(TcpListener::bind("127.0.0.1:0").unwrap()) // the system takes them
    }

    fn word(&self) -> String {
        format!("asks={}", self.0.local_addr().unwrap())
    }
}

/// Asserts that the checks of `probed` are on their schedule, and probes are answered, while these misbehave.
fn others_go_on(probed: &Probed, misbehaving: &[(&str, &str)]) {
    for (check, reason) in misbehaving {
        wait_for(reason, || {
            let (code, body) = probed.ask("/readyz");
            assert_eq!(code, 503, "{body}");
            body.contains(&format!("{check}: {reason}")).then_some(())
        });
    }
    for check in ["dependency", "alive"] {
        let (runs, began) = (probed.runs(check), Instant::now());
        wait_for(check, || (probed.runs(check) >= runs + 20.0).then_some(()));
        assert!(began.elapsed() < 10 * 20 * INTERVAL, "{check}: 20 runs took {:?}", began.elapsed());
    }
    let (code, body) = probed.ask("/livez?verbose");
    assert!(code == 200 && body.contains("[+]alive ok ("), "{body}");
    let (_, body) = probed.ask("/readyz?verbose");
    assert!(body.contains("[+]dependency ok ("), "{body}");
}

#[test]
fn a_dependency_that_hangs_harms_no_other_check_and_does_not_hold_up_the_end() {
    let server = Silent::start();
    let mut probed = well(&[&server.word(), "blocks", "never-wakes", "panics"]);
    let late = "no answer within 100ms";
    let still = "still running after ";
    others_go_on(
        &probed,
        &[("asks", still), ("blocks", still), ("never-wakes", late), ("panics", "panicked: as told")],
    );
    // A run that did not end is not started again.
    server.0.set_nonblocking(true).unwrap();
    assert_eq!(server.0.incoming().take_while(Result::is_ok).count(), 1, "connections of one check");
    probed.say("end", "");
    let ended = probed.program().wait_within(Duration::from_secs(30));
    let output = probed.program().output();
    assert!(ended.is_some_and(|status| status.success()) && output.contains("over\n"), "{ended:?}\n{output}");
}

#[test]
fn a_check_that_blocks_a_thread_of_the_runtime_harms_no_other_check() {
    let mut probed = well(&["hogs"]);
    others_go_on(&probed, &[("hogs", "still running after ")]);
    probed.program().signal("TERM");
    let ended = probed.program().wait_within(Duration::from_secs(50));
    assert!(ended.is_some(), "{}", probed.program().output());
}

#[test]
fn a_server_that_never_answers_is_told_from_one_that_does_again() {
    let server = Silent::start();
    let probed = well(&[&server.word()]);
    wait_for("the timeout", || probed.ask("/readyz").1.contains("asks: still running after ").then_some(()));
    let (mut connection, _) = server.0.accept().unwrap();
    std::io::Write::write_all(&mut connection, b"P").unwrap(); // the run that was late ends
    let answering = server.0.try_clone().unwrap();
    thread::spawn(move || {
        for connection in answering.incoming() {
            let _gone = std::io::Write::write_all(&mut connection.unwrap(), b"P");
        }
    });
    wait_for("readiness", || (probed.ask("/readyz").0 == 200).then_some(()));
}
