//! The shop keeps what its screen and the README say.

use std::net::TcpListener;
use std::process::Command;

use obs_tests::{Program, Scrape, example, free_port, get, shop, wait_for};

use crate::broker::Broker;
use crate::prometheus::promtool_accepts;

fn run(command: &mut Command) -> (Option<i32>, String) {
    let mut program = Program::start(command);
    let status = program.wait();
    (status.code(), program.output())
}

#[test]
fn a_short_run_serves_traffic_and_sees_a_trace_cross_all_three_services() {
    let (code, output) = run(&mut shop(&["--seconds", "4"]));
    assert_eq!(code, Some(0), "{output}");
}

#[test]
fn without_seconds_it_is_open_until_it_is_interrupted_and_then_sums_up() {
    let mut program = Program::start(&mut shop(&["--rate", "100"]));
    wait_for("a trace across all three services", || {
        let output = program.output();
        let crossed =
            output.rsplit_once("across all three")?.1.split_whitespace().next()?.parse::<u64>().ok()?;
        (crossed > 0).then_some(())
    });
    program.interrupt();
    let status = program.wait();
    let output = program.output();
    assert_eq!(status.code(), Some(0), "{output}");
    let summary = output.split_once("Closed after ").expect("a summary").1;
    for part in [" 0 failed", " 0 broken", " panicked", "POST /orders", "on_order_placed", "on_order_built"] {
        assert!(summary.contains(part), "`{part}` is missing:\n{summary}");
    }
}

#[test]
fn a_taken_port_is_a_clear_error() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (code, output) = run(shop(&["--seconds", "1"]).args(["--port", &port]));
    assert_eq!(code, Some(1), "{output}");
    assert!(output.contains(&format!("port {port} is taken")) && output.contains("--port"), "{output}");
    let (code, output) = run(shop(&["--seconds", "1"]).args(["--admin-port", &port]));
    assert_eq!(code, Some(1), "{output}");
    assert!(output.contains(&port) && output.contains("taken"), "{output}");
}

#[test]
fn an_unknown_flag_is_refused_with_the_usage() {
    let (code, output) = run(&mut shop(&["--speed", "9"]));
    assert_eq!(code, Some(2), "{output}");
    assert!(output.contains("--speed") && output.contains("--seconds"), "{output}");
}

#[test]
fn the_three_services_appear_apart_on_metrics_and_all_outcomes_occur() {
    let mut program = Program::start(&mut shop(&["--seconds", "60", "--rate", "50"]));
    let admin = program.wait_for_word("admin: http://").trim_end_matches('/').to_owned();
    wait_for("readiness", || get(&format!("http://{admin}/readyz")).filter(|(status, _)| *status == 200));
    for service in ["api", "build-worker", "notifier"] {
        wait_for(service, || {
            let calls = Scrape::of(&admin)?.sum("function_calls_total", &[("service_name", service)])?;
            (calls > 0.0).then_some(())
        });
    }
    promtool_accepts(&get(&format!("http://{admin}/metrics")).unwrap().1);
    for outcome in ["ok", "error", "panicked", "cancelled"] {
        wait_for(outcome, || {
            let calls = Scrape::of(&admin)?.sum("function_calls_total", &[("outcome", outcome)])?;
            (calls > 0.0).then_some(())
        });
    }
}

#[test]
fn over_a_broker_it_is_the_same_shop() {
    let broker = Broker::start();
    let (code, output) = run(shop(&["--seconds", "4"]).args(["--bus", "nats", "--nats", &broker.url()]));
    assert_eq!(code, Some(0), "{output}");
    let bus = format!("bus: NATS JetStream at {}", broker.url());
    assert!(output.contains(&bus) && output.contains(" 0 failed"), "{output}");
}

#[test]
fn a_broker_that_is_not_there_is_waited_for_and_then_named_with_the_remedy() {
    let nobody = format!("nats://127.0.0.1:{}", free_port());
    let (code, output) = run(shop(&["--bus", "nats"]).args(["--nats", &nobody]));
    assert_eq!(code, Some(1), "{output}");
    let (waits, ends) = output.split_once("waiting").expect("it says that it waits");
    assert!(waits.contains(&nobody), "{output}");
    assert!(ends.contains(&nobody) && ends.contains("start a broker with `nats-server -js`"), "{output}");
}

#[test]
fn a_broker_that_comes_late_is_found() {
    let mut broker = Broker::start();
    broker.stop();
    let mut notifier = example("shop");
    notifier.args(["--bus", "nats", "--nats", &broker.url(), "--role", "notifier", "--admin-port", "0"]);
    let mut notifier = Program::start(&mut notifier);
    notifier.wait_for_word("waiting ");
    broker.start_again();
    let admin = notifier.wait_for_word("admin: http://").trim_end_matches('/').to_owned();
    wait_for("readiness", || {
        get(&format!("http://{admin}/readyz?verbose")).filter(|(_, page)| page.contains("bus ok"))
    });
    notifier.interrupt();
    assert!(notifier.wait().success());
}

#[test]
fn a_role_needs_a_bus_between_processes() {
    let (code, output) = run(&mut shop(&["--role", "api"]));
    assert_eq!(code, Some(2), "{output}");
    assert!(output.contains("--role goes with --bus nats"), "{output}");
}
